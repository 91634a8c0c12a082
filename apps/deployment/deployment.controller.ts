import { Deployment } from '#lib/api/apps/deployment';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { Pod } from '#lib/api/core/pod/pod';
import { isPodFinished } from '#lib/api/core/pod/pod-conditions';
import { controllerOf, isBeingDeleted } from '#lib/api/meta';
import { fromLabelSelector } from '#lib/api/validation/selectors';
import { setStatus, wake, warn, type Command } from '#lib/reconcile/command';
import { defineController, keyOf } from '#lib/reconcile/controller';
import { claim } from '#lib/reconcile/owners';
import type { Change, World } from '#lib/reconcile/world';
import { createdNewSet, foundNewSet, isComplete, observe, observeProgress, pausedConditions, progressCheckAt } from './progress';
import { oldPodsAreGone, recreateStep } from './recreate';
import { forgetOldRevisions, makeNewSet, markRevision, newSetName, splitSets, syncNewSet } from './revision';
import { rollingStep } from './rolling';
import { isRolling, resize, type Rollout } from './rollout';
import { isScaling, scaleStep } from './scale';

/** Rolls a pod template out through replica sets, one per template. Mirrors kubernetes/pkg/controller/deployment. */
export const deployment = defineController<Deployment>({
  name: 'deployment',
  for: Deployment,
  owns: [ReplicaSet],
  watches: [
    { kind: ReplicaSet, keys: mayAdopt },
    { kind: Pod, keys: waitsForPod },
  ],

  reconcile(own, world, now) {
    const selector = fromLabelSelector(own.spec.selector);
    if (selector.empty) return refuseToSelectAll(own);
    const { children, commands: claims } = claim(own, {
      owned: world.ownedBy(ReplicaSet, own),
      orphans: world.orphans(ReplicaSet, own.metadata.namespace ?? ''),
      matches: selector.matches,
    });
    const rollout = { deployment: own, ...splitSets(own, children), now };
    if (isBeingDeleted(own)) return [...claims, ...setStatus(own, observe(rollout))];
    return [...claims, ...advance(withConditions(rollout, pausedConditions(own, now)), own, world)];
  },
});

/** One step: scaling first, then the strategy. `own` is the deployment as stored, `rollout` already has this decision's conditions. */
function advance(rollout: Rollout, own: Deployment, world: World): Command[] {
  if (own.spec.paused || isScaling(rollout)) {
    const { commands, revision, rollout: synced } = syncRevision(rollout);
    const forgotten = own.spec.paused ? forgetOldRevisions(synced) : [];
    return [
      ...commands,
      ...scaleStep(synced).flatMap((step) => resize(own, step)),
      ...forgotten,
      ...finish(own, observe(synced), revision),
    ];
  }
  const mayCreate = !rollout.newSet && (isRolling(own) || oldPodsAreGone(rollout, world));
  if (mayCreate && world.get(ReplicaSet, own.metadata.namespace ?? '', newSetName(own))) return avoidCollision(own);
  const { commands, revision, rollout: synced } = mayCreate ? createNewSet(rollout) : syncRevision(rollout);
  const steps = isRolling(own) ? rollingStep(synced) : recreateStep(synced, world);
  const forgotten = steps.length === 0 && isComplete(own, own.status) ? forgetOldRevisions(synced) : [];
  return [...commands, ...steps.flatMap((step) => resize(own, step)), ...forgotten, ...finish(own, observeProgress(synced), revision)];
}

/** Status before annotations: it speaks of the version that was read. */
function finish(own: Deployment, status: Deployment['status'], revision: string | undefined): Command[] {
  const checkAt = progressCheckAt(own, status);
  return [...setStatus(own, status), ...(revision ? markRevision(own, revision) : []), ...(checkAt ? [wake(checkAt)] : [])];
}

interface Synced {
  readonly commands: readonly Command[];
  readonly revision: string | undefined;
  readonly rollout: Rollout;
}

function syncRevision(rollout: Rollout): Synced {
  if (!rollout.newSet) return { commands: [], revision: undefined, rollout };
  return { ...syncNewSet(rollout.deployment, rollout.newSet, rollout.oldSets), rollout: withConditions(rollout, foundNewSet(rollout)) };
}

function createNewSet(rollout: Rollout): Synced {
  const { command, set, revision } = makeNewSet(rollout);
  const created = { ...rollout, newSet: set };
  return {
    commands: [command],
    revision,
    rollout: withConditions(created, createdNewSet(rollout.deployment, set.metadata.name, rollout.now)),
  };
}

const withConditions = (rollout: Rollout, conditions: readonly unknown[]): Rollout => ({
  ...rollout,
  deployment: {
    ...rollout.deployment,
    status: { ...rollout.deployment.status, conditions: conditions as Deployment['status']['conditions'] },
  },
});

/** Another replica set has the name that this template would get: the next decision hashes differently. */
const avoidCollision = (own: Deployment): Command[] =>
  setStatus(own, { ...own.status, collisionCount: (own.status.collisionCount ?? 0) + 1 });

function refuseToSelectAll(own: Deployment): Command[] {
  const generation = own.metadata.generation ?? 0;
  if ((own.status.observedGeneration ?? 0) >= generation) return [];
  return [
    warn(own, 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.'),
    ...setStatus(own, { ...own.status, observedGeneration: generation }),
  ];
}

/** A replica set without a controller concerns every deployment that selects it. */
function mayAdopt({ type, object }: Change, world: World): string[] {
  if (type === 'DELETED' || controllerOf(object) || isBeingDeleted(object)) return [];
  return world
    .list(Deployment, object.metadata.namespace)
    .filter((own) => fromLabelSelector(own.spec.selector).matches(object.metadata.labels))
    .map(keyOf);
}

/** Recreate waits until the last old pod has stopped, which no replica set's status tells. */
function waitsForPod({ type, object }: Change, world: World): string[] {
  if (type !== 'DELETED' && !isPodFinished(object as Pod)) return [];
  const set = world.byUid(controllerOf(object)?.uid ?? '');
  const own = world.byUid((set && controllerOf(set)?.uid) ?? '') as Deployment | undefined;
  return own?.kind === Deployment.kind && !isRolling(own) ? [keyOf(own)] : [];
}
