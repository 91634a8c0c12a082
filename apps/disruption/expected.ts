import { Deployment } from '#lib/api/apps/deployment';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import type { Pod } from '#lib/api/core/pod/pod';
import { isPercent, scaledValue } from '#lib/api/intstr';
import { controllerOf, type KubeObject } from '#lib/api/meta';
import type { PodDisruptionBudget } from '#lib/api/policy/poddisruptionbudget';
import type { World } from '#lib/reconcile/world';

/** How many pods there should be, and how many of them healthy. */
export interface Expected {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  /** Pods without a controller, whose number therefore nobody knows. */
  readonly unmanaged: readonly string[];
}

/** Mirrors getExpectedPodCount. @throws Error when the number that a pod's controller wants cannot be told. */
export function expectedOf({ spec }: PodDisruptionBudget, pods: readonly Pod[], world: World): Expected {
  const { maxUnavailable, minAvailable } = spec;
  if (maxUnavailable !== undefined) {
    const scale = scaleOf(pods, world);
    return { ...scale, desiredHealthy: Math.max(0, scale.expectedPods - scaledValue(maxUnavailable, scale.expectedPods, 'up')) };
  }
  if (minAvailable !== undefined && isPercent(minAvailable)) {
    const scale = scaleOf(pods, world);
    return { ...scale, desiredHealthy: scaledValue(minAvailable, scale.expectedPods, 'up') };
  }
  return minAvailable === undefined
    ? { expectedPods: 0, desiredHealthy: 0, unmanaged: [] }
    : { expectedPods: pods.length, desiredHealthy: Number(minAvailable), unmanaged: [] };
}

/** What the controllers of these pods want together. Mirrors getExpectedScale. */
function scaleOf(pods: readonly Pod[], world: World): Pick<Expected, 'expectedPods' | 'unmanaged'> {
  const wanted = new Map<string, number>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) unmanaged.push(pod.metadata.name);
    else if (!wanted.has(owner.uid)) {
      const found = world.byUid(owner.uid);
      if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
      const scaled = deploymentOf(found, world) ?? found;
      wanted.set(owner.uid, 0);
      wanted.set(scaled.metadata.uid, wantedBy(scaled, world));
    }
  }
  return { expectedPods: [...wanted.values()].reduce((sum, one) => sum + one, 0), unmanaged };
}

/** Old replica sets want what is left for them; the deployment knows the whole. */
function deploymentOf(object: KubeObject, world: World): KubeObject | undefined {
  const owner = object.kind === ReplicaSet.kind ? controllerOf(object) : undefined;
  return owner?.kind === Deployment.kind ? world.byUid(owner.uid) : undefined;
}

function wantedBy(object: KubeObject, world: World): number {
  const kind = world.kinds().find(({ apiVersion, kind: name }) => apiVersion === object.apiVersion && name === object.kind);
  if (!kind?.subresources.includes('scale')) {
    const resource = kind ? (kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`) : object.kind;
    throw new Error(`${resource} does not implement the scale subresource`);
  }
  if (kind.scale) return kind.scale.read(object).wanted ?? 0;
  return (object as { spec?: { replicas?: number } }).spec?.replicas ?? 1;
}
