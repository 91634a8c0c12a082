import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { sameValue } from '#lib/api/equality';
import { invalidObject } from '#lib/api/errors';
import { definitionRuleErrors } from '#lib/cel/rules/definition-rules';
import type { AdmissionPlugin } from './plugin';

/**
 * Rules of definitions must be readable and must not cost too much. Upstream this is validation; it stands here because libs/api knows no
 * expressions.
 */
export const customResourceRules: AdmissionPlugin = {
  name: 'CustomResourceRules',
  settle({ kind, operation, subresource, object, previous, name }) {
    if (kind !== CustomResourceDefinition || operation === 'DELETE' || subresource) return;
    const [next, old] = [object as CustomResourceDefinition, previous as CustomResourceDefinition | undefined];
    if (old && sameValue(old.spec, next.spec)) return;
    const errors = definitionRuleErrors(next);
    if (errors.length > 0) throw invalidObject(kind.group, kind.kind, name || object.metadata.name, errors);
  },
};
