import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { Deployment } from '#lib/api/apps/deployment';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted, ownerReferenceTo, refOf } from '#lib/api/meta';
import { create, patch, remove, reportOn, type Command, type NewObject } from '#lib/reconcile/command';
import { templateHash } from '#lib/reconcile/hash';
import { hashedName } from '#lib/reconcile/names';
import {
  allowedNewSize,
  byAge,
  DESIRED_REPLICAS,
  hasDeadline,
  isActive,
  MAX_REPLICAS,
  NO_LIMIT,
  replicaAnnotations,
  type Rollout,
} from './rollout';

const HASH = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
/** The oldest revisions are forgotten when the annotation would grow longer. */
const MAX_HISTORY = 2000;

const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

/** The oldest set whose template is the deployment's, and the others, oldest first. Mirrors FindNewReplicaSet, FindOldReplicaSets. */
export function splitSets(deployment: Deployment, sets: readonly ReplicaSet[]): Pick<Rollout, 'newSet' | 'oldSets'> {
  const sorted = [...sets].sort(byAge);
  const newSet = sorted.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { newSet, oldSets: sorted.filter((set) => set !== newSet) };
}

/** Equal but for the label that a deployment adds. Mirrors EqualIgnoreHash. */
const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  sameValue(a?.spec, b?.spec) && sameValue(withoutHash(a), withoutHash(b));

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const { [HASH]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template?.metadata, creationTimestamp: undefined, labels };
}

const revisionOf = (set: ReplicaSet): number => Number.parseInt(set.metadata.annotations?.[REVISION] ?? '0', 10) || 0;
const nextRevision = (oldSets: readonly ReplicaSet[]): number => oldSets.reduce((max, set) => Math.max(max, revisionOf(set)), 0) + 1;

/**
 * What brings the new set's annotations and minReadySeconds up to date, and the revision it has then. Mirrors SetNewReplicaSetAnnotations.
 */
export function syncNewSet(
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): { commands: Command[]; revision: string } {
  const current = newSet.metadata.annotations ?? {};
  const annotations: Record<string, string> = {};
  for (const [key, value] of Object.entries(copiedAnnotations(deployment))) if (current[key] !== value) annotations[key] = value;
  const revision = nextRevision(oldSets);
  if (revisionOf(newSet) < revision) {
    annotations[REVISION] = String(revision);
    if (current[REVISION] !== undefined) annotations[HISTORY] = withHistory(current[HISTORY], current[REVISION]);
  }
  const wait = deployment.spec.minReadySeconds ?? 0;
  const change = {
    ...(Object.keys(annotations).length > 0 && { metadata: { annotations } }),
    ...((newSet.spec.minReadySeconds ?? 0) !== wait && { spec: { minReadySeconds: wait } }),
  };
  const commands = Object.keys(change).length > 0 ? [patch(newSet, change)] : [];
  return { commands, revision: annotations[REVISION] ?? current[REVISION] ?? String(revision) };
}

function withHistory(history: string | undefined, revision: string): string {
  const revisions = history ? [...history.split(','), revision] : [revision];
  while (revisions.length > 1 && revisions.join(',').length > MAX_HISTORY) revisions.shift();
  return revisions.join(',');
}

const copiedAnnotations = (deployment: Deployment): Record<string, string> =>
  Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)));

/** Writes the revision on the deployment, through its status: it is no wish of the user, so the generation stays. */
export const markRevision = (deployment: Deployment, revision: string): Command[] =>
  deployment.metadata.annotations?.[REVISION] === revision
    ? []
    : [patch(deployment, { metadata: { annotations: { [REVISION]: revision } } }, 'status')];

/** A replica set that shall be made, in both shapes: the wish, and as the rest of the decision sees it. */
export interface NewSet {
  readonly command: Command;
  readonly set: ReplicaSet;
  readonly revision: string;
}

export const newSetName = (deployment: Deployment): string =>
  hashedName(deployment, templateHash(deployment.spec.template, deployment.status.collisionCount));

/** The replica set of a template that has none. Mirrors getNewReplicaSet. */
export function makeNewSet({ deployment, oldSets }: Rollout): NewSet {
  const hash = templateHash(deployment.spec.template, deployment.status.collisionCount);
  const name = newSetName(deployment);
  const { template } = deployment.spec;
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const revision = String(nextRevision(oldSets));
  const replicas = allowedNewSize(deployment, 0, oldSets);
  const object = {
    apiVersion: ReplicaSet.apiVersion,
    kind: ReplicaSet.kind,
    metadata: {
      name,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: { ...copiedAnnotations(deployment), [REVISION]: revision, ...replicaAnnotations(deployment) },
      ownerReferences: [ownerReferenceTo(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec.minReadySeconds && { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const set = {
    ...object,
    metadata: { ...object.metadata, uid: '', resourceVersion: '0', creationTimestamp: '' },
    status: { replicas: 0 },
  };
  return { command: createSet(deployment, object, replicas), set, revision };
}

function createSet(deployment: Deployment, object: NewObject, replicas: number): Command {
  const { name } = object.metadata;
  const failure = `Failed to create new replica set ${JSON.stringify(name)}: `;
  return create(object, {
    ...(replicas > 0 && {
      report: reportOn(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`),
    }),
    orReport: reportOn(deployment, 'Warning', 'ReplicaSetCreateError', failure),
    ...(hasDeadline(deployment) && {
      orCondition: {
        of: refOf(deployment),
        condition: { type: 'Progressing', status: 'False' as const, reason: 'ReplicaSetCreateError', message: failure, stampsUpdate: true },
      },
    }),
  });
}

/** Old sets beyond `revisionHistoryLimit` go, lowest revision first, but never one that may still have pods. Mirrors cleanupDeployment. */
export function forgetOldRevisions({ deployment, oldSets }: Rollout): Command[] {
  const limit = deployment.spec.revisionHistoryLimit ?? NO_LIMIT;
  const alive = oldSets.filter((set) => !isBeingDeleted(set));
  if (limit === NO_LIMIT || alive.length <= limit) return [];
  const sorted = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b));
  return sorted
    .slice(0, alive.length - limit)
    .filter(isEmpty)
    .map((set) => remove(set));
}

const isEmpty = (set: ReplicaSet): boolean =>
  !isActive(set) && (set.status.replicas ?? 0) === 0 && (set.metadata.generation ?? 0) <= (set.status.observedGeneration ?? 0);
