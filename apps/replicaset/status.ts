import type { ReplicaSetStatus } from 'kubernetes-types/apps/v1';
import { isPodAvailable, isPodReady, podCondition } from '#lib/api/core/pod/pod-conditions';
import type { Pod } from '#lib/api/core/pod/pod';
import type { ReplicaSet } from '#lib/api/apps/replicaset';
import { fromMap } from '#lib/api/validation/selectors';
import { withoutCondition } from '#lib/reconcile/conditions';

/** Newer than the generated wire types: pods that are being deleted and not finished yet. */
type Status = ReplicaSetStatus & { readonly terminatingReplicas: number };

/** What was seen, and when a pod that is ready now will have been so for long enough. */
export interface Observation {
  readonly status: Status;
  readonly availableAt: Date | undefined;
}

/** Status speaks of what was observed, never of what was just decided. Counts of zero are absent on the wire. Mirrors calculateStatus. */
export function observe(rs: ReplicaSet, pods: readonly Pod[], terminating: number, now: Date): Observation {
  const wait = rs.spec.minReadySeconds ?? 0;
  const template = fromMap(rs.spec.template?.metadata?.labels);
  let [fullyLabeled, ready, available] = [0, 0, 0];
  let availableAt: number | undefined;
  for (const pod of pods) {
    if (template.matches(pod.metadata.labels)) fullyLabeled++;
    if (!isPodReady(pod)) continue;
    ready++;
    if (isPodAvailable(pod, wait, now)) available++;
    else availableAt = Math.min(availableAt ?? Infinity, Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '') + wait * 1000);
  }
  const status = {
    replicas: pods.length,
    ...(fullyLabeled > 0 && { fullyLabeledReplicas: fullyLabeled }),
    ...(ready > 0 && { readyReplicas: ready }),
    ...(available > 0 && { availableReplicas: available }),
    terminatingReplicas: terminating,
    observedGeneration: rs.metadata.generation,
    ...conditions(rs, pods.length),
  };
  return { status, availableAt: availableAt === undefined || Number.isNaN(availableAt) ? undefined : new Date(availableAt) };
}

/** ReplicaFailure is set by the API server when it refuses a pod (see `create`); it goes once the pods are all there. */
function conditions(rs: ReplicaSet, pods: number): Pick<ReplicaSetStatus, 'conditions'> {
  const kept =
    pods === (rs.spec.replicas ?? 1) ? withoutCondition(rs.status.conditions ?? [], 'ReplicaFailure') : (rs.status.conditions ?? []);
  return kept.length > 0 ? { conditions: [...kept] } : {};
}
