import { kindOfObject } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import type { World } from '#lib/reconcile/world';
import type { AdmissionRequest } from '../plugin';
import type { Binding, Bound, Policy } from './policy';

/** A policy or binding that cannot be followed as it stands. */
export class ConfigurationProblem extends Error {}

/**
 * The objects that the binding names as parameters: the policy is followed once for each. `[null]` when it has none. Mirrors CollectParams.
 */
export function paramsOf(
  { policy, binding }: Bound<Policy, Binding>,
  { namespace }: AdmissionRequest,
  world: World,
): readonly (KubeObject | null)[] {
  const { paramKind } = policy.spec;
  const { paramRef } = binding.spec;
  if (!paramKind || !paramRef) return [null];
  const kind = kindOfObject({ apiVersion: paramKind.apiVersion ?? '', kind: paramKind.kind ?? '' });
  if (!kind)
    throw new ConfigurationProblem(
      `failed to configure policy: failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`,
    );
  if (!kind.namespaced && paramRef.namespace)
    throw new ConfigurationProblem('failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const within = kind.namespaced ? paramRef.namespace || namespace : '';
  if (kind.namespaced && within === '')
    throw new ConfigurationProblem(
      'failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  const found = paramRef.name
    ? [world.get<KubeObject>(kind, within, paramRef.name)].filter((object) => object !== undefined)
    : world
        .list<KubeObject>(kind, within || undefined)
        .filter(({ metadata }) => fromLabelSelector(paramRef.selector ?? {}).matches(metadata.labels));
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationProblem('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}
