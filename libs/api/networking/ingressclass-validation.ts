import { forbidden, notSupported, required, tooLong, type FieldError } from '#lib/api/field-error';
import { validateImmutable } from '#lib/api/validation/meta';
import { isDNS1123Label } from '#lib/api/validation/names';
import { domainPrefixedPath, obeys } from '#lib/api/validation/rules';
import { byteLength } from '#lib/api/validation/size';
import { validateReference } from './ingress-validation';
import type { IngressClass } from './ingressclass';

const SCOPES = ['Cluster', 'Namespace'];

/** Mirrors validateIngressClassSpec. */
export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const { controller = '', parameters } = spec;
  const errors = byteLength(controller) > 250 ? [tooLong('spec.controller', 250)] : [];
  errors.push(...domainPrefixedPath('spec.controller', controller));
  if (!parameters) return errors;
  const field = 'spec.parameters';
  const { scope, namespace } = parameters;
  errors.push(...validateReference(parameters, field));
  if (scope === undefined) return [...errors, required(`${field}.scope`)];
  if (!SCOPES.includes(scope)) return [...errors, notSupported(`${field}.scope`, scope, SCOPES)];
  if (scope === 'Cluster')
    return namespace === undefined ? errors : [...errors, forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'")];
  if (namespace === undefined) return [...errors, required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'")];
  return [...errors, ...obeys(`${field}.namespace`, namespace, isDNS1123Label)];
}

/** Mirrors validateIngressClassSpecUpdate. */
export const validateIngressClassStep = ({ spec }: IngressClass, { spec: old }: IngressClass): FieldError[] =>
  validateImmutable(spec.controller, old.controller, 'spec.controller');
