import { notFound } from '#lib/api/errors';
import { Pod } from '#lib/api/core/pod/pod';
import { podCondition, setCondition } from '#lib/api/core/pod/pod-conditions';
import { covers, needsNoBudget, spend } from '#lib/api/policy/disruption';
import { PodDisruptionBudget } from '#lib/api/policy/poddisruptionbudget';
import { rfc3339 } from '#lib/api/time';
import type { WishExtras } from './create';
import { attemptRemove, type Removal, type RemoveOptions } from './remove';
import type { WriteRequest } from './request';
import type { View } from './view';
import type { Attempt } from './writer';

/**
 * Deletes a pod if its disruption budget has something left, and takes it from there: both in one step, so that two evictions never
 * spend the same. Mirrors EvictionREST of pkg/registry/core/pod/storage, which needs retries for that.
 */
export function attemptEvict(request: WriteRequest, options: RemoveOptions, extras: WishExtras = {}): Attempt<Removal> {
  const { namespace, name, now } = request;
  const remove = attemptRemove(request, options, extras, (pod) => asDisrupted(pod as Pod, now));
  return (view, write) => {
    const pod = view.get(Pod, namespace, name);
    if (!pod) throw notFound(Pod, name);
    const budgets = needsNoBudget(pod) ? [] : budgetsOf(view, pod);
    const status = spend(budgets, pod, now);
    if (status && budgets[0]) {
      const spent: PodDisruptionBudget = {
        ...budgets[0],
        metadata: { ...budgets[0].metadata },
        status: status as PodDisruptionBudget['status'],
      };
      write({ kind: PodDisruptionBudget, type: 'MODIFIED', object: spent, ...extras });
    }
    return remove(view, write);
  };
}

function budgetsOf(view: View, pod: Pod): PodDisruptionBudget[] {
  const { namespace = '' } = pod.metadata;
  const names = new Set(view.world.list(PodDisruptionBudget, namespace).map(({ metadata }) => metadata.name));
  for (const { kind, object } of view.pendingIn(namespace)) if (kind === PodDisruptionBudget) names.add(object.metadata.name);
  return [...names]
    .map((name) => view.get(PodDisruptionBudget, namespace, name))
    .filter((budget) => budget !== undefined && covers(budget, pod)) as PodDisruptionBudget[];
}

/** The pod says why it went. */
function asDisrupted(pod: Pod, now: Date): Pod {
  if (podCondition(pod, 'DisruptionTarget')?.status === 'True') return pod;
  const at = rfc3339(now);
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: at,
    observedGeneration: pod.metadata.generation,
  };
  return { ...pod, status: { ...pod.status, conditions: setCondition(pod.status?.conditions, condition) } };
}
