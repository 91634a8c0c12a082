import { ReplicaSet } from '#lib/api/apps/replicaset';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodActive, isPodFinished } from '#lib/api/core/pod/pod-conditions';
import { sameValue } from '#lib/api/equality';
import { controllerOf, isBeingDeleted, ownerReferenceTo, refOf } from '#lib/api/meta';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import {
  create,
  remove,
  report,
  reportOn,
  setStatus,
  wake,
  type Command,
  type CreateOutcome,
  type NewObject,
} from '#lib/reconcile/command';
import { defineController, keyOf } from '#lib/reconcile/controller';
import { childPrefix } from '#lib/reconcile/names';
import { claim } from '#lib/reconcile/owners';
import type { Change, World } from '#lib/reconcile/world';
import { mostExpendable } from './expendable';
import { observe } from './status';

/** Pods made or removed by one decision; the rest follow on the next, so that a mistake in a template stays small. */
const BURST = 500;

/**
 * Keeps `spec.replicas` pods alive. Mirrors kubernetes/pkg/controller/replicaset; instead of a slow start, the API server stops
 * at the first pod that it refuses.
 */
export const replicaSet = defineController<ReplicaSet>({
  name: 'replicaset',
  for: ReplicaSet,
  owns: [Pod],
  watches: [{ kind: Pod, keys: mayAdopt }],

  reconcile(rs, world, now) {
    const owned = world.ownedBy(Pod, rs);
    const { children: pods, commands: claims } = claim(rs, {
      owned: owned.filter(isPodActive),
      orphans: world.orphans(Pod, rs.metadata.namespace ?? '').filter(isPodActive),
      matches: fromLabelSelector(rs.spec.selector).matches,
    });
    const { status, availableAt } = observe(rs, pods, owned.filter(isTerminating).length, now);

    return [
      ...setStatus(rs, status),
      ...claims,
      ...(isBeingDeleted(rs) ? [] : scale(rs, pods, world, now)),
      ...(availableAt ? [wake(availableAt)] : []),
    ];
  },
});

const isTerminating = (pod: Pod): boolean => isBeingDeleted(pod) && !isPodFinished(pod);

function scale(rs: ReplicaSet, pods: readonly Pod[], world: World, now: Date): Command[] {
  const missing = (rs.spec.replicas ?? 1) - pods.length;
  if (missing < 0) {
    return mostExpendable(pods, Math.min(-missing, BURST), rs, world, now).flatMap((pod) => [
      remove(pod),
      report(rs, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
    ]);
  }
  if (missing === 0 || isNamespaceClosing(rs, world)) return [];
  const pod = newPod(rs);
  const outcome = outcomeOf(rs);
  return Array.from({ length: Math.min(missing, BURST) }, () => create(pod, outcome));
}

/** Every create would be refused until the replica set itself is gone. */
function isNamespaceClosing(rs: ReplicaSet, world: World): boolean {
  const namespace = world.get(Namespace, '', rs.metadata.namespace ?? '');
  return namespace !== undefined && isBeingDeleted(namespace);
}

/** The API server turns `generateName` into a name and the log keeps it: randomness is a fact, not a decision. */
function newPod(rs: ReplicaSet): NewObject & Pick<Pod, 'spec'> {
  const { metadata = {}, spec = { containers: [] } } = rs.spec.template ?? {};
  return {
    apiVersion: Pod.apiVersion,
    kind: Pod.kind,
    metadata: {
      generateName: childPrefix(rs),
      namespace: rs.metadata.namespace,
      ...(metadata.labels && { labels: metadata.labels }),
      ...(metadata.annotations && { annotations: metadata.annotations }),
      ...(metadata.finalizers && { finalizers: metadata.finalizers }),
      ownerReferences: [ownerReferenceTo(rs)],
    },
    spec,
  };
}

const outcomeOf = (rs: ReplicaSet): CreateOutcome => ({
  report: reportOn(rs, 'Normal', 'SuccessfulCreate', 'Created pod: %s'),
  orReport: reportOn(rs, 'Warning', 'FailedCreate', 'Error creating: '),
  orCondition: { of: refOf(rs), condition: { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: '' } },
});

/** A pod without a controller concerns every replica set that selects it: when it appears, is relabelled or loses its owner. */
function mayAdopt({ type, object, previous }: Change, world: World): string[] {
  if (type === 'DELETED' || controllerOf(object) || isBeingDeleted(object)) return [];
  if (previous && !controllerOf(previous) && sameValue(previous.metadata.labels, object.metadata.labels)) return [];
  return world
    .list(ReplicaSet, object.metadata.namespace)
    .filter((rs) => fromLabelSelector(rs.spec.selector).matches(object.metadata.labels))
    .map(keyOf);
}
