import { invalidObject } from '#lib/api/errors';
import { forbidden, invalid, type FieldError } from '#lib/api/field-error';
import type { KubeObject } from '#lib/api/meta';
import type { ResourceClaimSpec } from '#lib/api/resource/claims';
import { CelEnvironment } from '#lib/cel/environment';
import { CelIssues } from '#lib/cel/issues';
import { QUANTITY } from '#lib/cel/library/quantity';
import { BOOL, mapType, objectType, STRING, type CelType } from '#lib/cel/types';
import type { AdmissionPlugin } from './plugin';

/** Upstream's CELSelectorExpressionMaxCost. */
const MAX_COST = 1_000_000;

/** A device has so many attributes and capacities at most: upstream's sizes, from which it is known what an expression may cost. */
const MAX_PROPERTIES = 32;
const [DOMAIN, ID, DRIVER]: readonly CelType[] = [63, 32, 63].map((max) => ({ kind: 'string', max }));
const byName = (value: CelType): CelType => mapType(DOMAIN as CelType, mapType(ID as CelType, value, MAX_PROPERTIES), MAX_PROPERTIES);

const DEVICE = objectType('kubernetes.DRADevice', {
  driver: DRIVER ?? STRING,
  attributes: byName({ kind: 'dyn', max: 64 }),
  capacity: byName(QUANTITY),
  allowMultipleAllocations: BOOL,
});

/** What selectors of devices may look at. Mirrors dynamic-resource-allocation/cel/compile.go. */
const environment = new CelEnvironment({ variables: [{ name: 'device', type: DEVICE }] });

type Selectors = readonly { readonly cel?: { readonly expression?: string } }[];

/**
 * Expressions that select devices must compile before they are stored; those that are stored already are left alone. Mirrors
 * pkg/apis/resource/validation.
 */
export const deviceSelectors: AdmissionPlugin = {
  name: 'DeviceSelectors',
  settle({ kind, operation, subresource, object, previous }) {
    if (kind.group !== 'resource.k8s.io' || operation === 'DELETE' || subresource) return;
    const stored = new Set(previous && [...expressionsIn(previous)].map(([, expression]) => expression));
    const errors = [...expressionsIn(object)].flatMap(([field, expression]) => (stored.has(expression) ? [] : errorsOf(field, expression)));
    if (errors.length > 0) throw invalidObject(kind.group, kind.kind, object.metadata.name, errors);
  },
};

function* expressionsIn(object: KubeObject): Iterable<readonly [field: string, expression: string]> {
  const { spec = {} } = object as { spec?: object };
  if (object.kind === 'DeviceClass') yield* ofSelectors('spec.selectors', (spec as { selectors?: Selectors }).selectors);
  else if (object.kind === 'ResourceClaim') yield* ofClaim('spec', spec as ResourceClaimSpec);
  else if (object.kind === 'ResourceClaimTemplate') yield* ofClaim('spec.spec', (spec as { spec?: ResourceClaimSpec }).spec ?? {});
}

function* ofClaim(field: string, { devices }: ResourceClaimSpec): Iterable<readonly [string, string]> {
  for (const [i, { exactly, firstAvailable = [] }] of (devices?.requests ?? []).entries()) {
    const at = `${field}.devices.requests[${i}]`;
    yield* ofSelectors(`${at}.exactly.selectors`, exactly?.selectors);
    for (const [k, { selectors }] of firstAvailable.entries()) yield* ofSelectors(`${at}.firstAvailable[${k}].selectors`, selectors);
  }
}

function* ofSelectors(field: string, selectors: Selectors = []): Iterable<readonly [string, string]> {
  for (const [i, { cel }] of selectors.entries()) if (cel) yield [`${field}[${i}].cel.expression`, cel.expression ?? ''];
}

function errorsOf(field: string, expression: string): FieldError[] {
  try {
    const program = environment.compile(expression);
    if (program.type.kind !== 'bool' && program.type.kind !== 'dyn')
      return [invalid(field, expression, `must evaluate to bool or the unknown type, not ${program.typeText}`)];
    const { max } = program.estimate().cost;
    return Number.isFinite(max) && max > MAX_COST ? [forbidden(field, 'too complex, exceeds cost limit')] : [];
  } catch (error) {
    if (!(error instanceof CelIssues)) throw error;
    return [invalid(field, expression, `compilation failed: ${error.message}`)];
  }
}
