import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';

const KEY = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';

/** Selects no pod, which an empty selector of policy/v1beta1 meant; in policy/v1 it selects all. */
const NONE: LabelSelector = { matchExpressions: [{ key: KEY, operator: 'Exists' }] };
const ALL: LabelSelector = { matchExpressions: [{ key: KEY, operator: 'DoesNotExist' }] };

type Budget = KubeObject & { readonly spec?: { readonly selector?: LabelSelector } };

const exchanged = (object: KubeObject, pairs: readonly (readonly [LabelSelector, LabelSelector])[]): KubeObject => {
  const { spec } = object as Budget;
  const found = spec?.selector && pairs.find(([from]) => sameValue(plain(spec.selector as LabelSelector), from));
  return found ? ({ ...object, spec: { ...spec, selector: found[1] } } as KubeObject) : object;
};

/** Empty members say nothing. */
const plain = (selector: LabelSelector): LabelSelector =>
  Object.fromEntries(
    Object.entries(selector).filter(([, value]) => value !== undefined && value !== null && Object.keys(value as object).length > 0),
  );

/** Mirrors pkg/apis/policy/v1beta1/conversion.go. */
export const budgetToStored = (object: KubeObject): KubeObject =>
  exchanged(object, [
    [{}, NONE],
    [ALL, {}],
  ]);
/** The way back. */
export const budgetFromStored = (object: KubeObject): KubeObject =>
  exchanged(object, [
    [NONE, {}],
    [{}, ALL],
  ]);
