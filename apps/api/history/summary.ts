import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import type { ChangeType } from '#lib/log/log';

interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string }; readonly terminated?: { readonly reason?: string } };
}

type Any = KubeObject & {
  spec?: { nodeName?: string; replicas?: number };
  status?: {
    phase?: string;
    conditions?: { type: string; status: string }[];
    readyReplicas?: number;
    containerStatuses?: ContainerStatus[];
  };
  /** Of Kubernetes Events. */
  reason?: string;
  message?: string;
  count?: number;
};

/** Paths that every write moves. */
const NOISE = new Set(['metadata.resourceVersion', 'metadata.generation', 'metadata.managedFields']);

/** So many changed paths are named; more would not fit a line. */
const MAX_PATHS = 3;

/** What a change did, in a few words a person understands. */
export function summaryOf(type: ChangeType, object: KubeObject, previous: KubeObject | undefined): string {
  if (object.kind === 'Event' && type !== 'DELETED') return told(object);
  if (type === 'ADDED') return 'created';
  if (type === 'DELETED') return 'deleted';
  if (!previous) return 'changed';
  const turns = [...milestones(object, previous)];
  if (turns.length > 0) return turns.join(', ');
  const paths = changedPaths(previous, object).filter((path) => !NOISE.has(path));
  if (paths.length === 0) return 'changed';
  const more = paths.length > MAX_PATHS ? ` and ${paths.length - MAX_PATHS} more` : '';
  return `changed ${paths.slice(0, MAX_PATHS).join(', ')}${more}`;
}

/** A Kubernetes Event is a sentence already. */
const told = ({ reason, message, count = 1 }: Any): string => `${reason}: ${message}${count > 1 ? ` (${count} times)` : ''}`;

/** The turns in an object's life that have a name. */
function* milestones(object: Any, previous: Any): Iterable<string> {
  if (object.metadata.deletionTimestamp && !previous.metadata.deletionTimestamp) yield 'asked to go';
  if (object.spec?.nodeName && !previous.spec?.nodeName) yield `assigned to ${object.spec.nodeName}`;
  if (object.spec?.replicas !== previous.spec?.replicas) yield `replicas ${previous.spec?.replicas} → ${object.spec?.replicas}`;
  if (object.status?.phase !== previous.status?.phase) yield `${previous.status?.phase ?? 'none'} → ${object.status?.phase}`;
  const ready = conditionOf(object, 'Ready');
  if (ready !== undefined && ready !== conditionOf(previous, 'Ready')) yield ready === 'True' ? 'ready' : 'not ready';
  if (object.status?.readyReplicas !== previous.status?.readyReplicas) yield `${object.status?.readyReplicas ?? 0} ready`;
  yield* troubles(object, previous);
}

/** Containers that wait or have ended for another reason than before, and those that were started again. */
function* troubles(object: Any, previous: Any): Iterable<string> {
  for (const status of object.status?.containerStatuses ?? []) {
    const before = previous.status?.containerStatuses?.find(({ name }) => name === status.name);
    const reason = reasonOf(status);
    if (reason !== undefined && reason !== reasonOf(before)) yield `${status.name}: ${reason}`;
    if ((status.restartCount ?? 0) > (before?.restartCount ?? 0)) yield `${status.name}: restart ${status.restartCount}`;
  }
}

const reasonOf = (status: ContainerStatus | undefined): string | undefined => (status?.state?.waiting ?? status?.state?.terminated)?.reason;

const conditionOf = (object: Any, type: string): string | undefined =>
  object.status?.conditions?.find((condition) => condition.type === type)?.status;

/** The paths at which two versions differ, as deep as objects go; lists count as one. */
export function changedPaths(before: unknown, after: unknown, path = ''): string[] {
  if (!isMap(before) || !isMap(after)) return sameValue(before, after) ? [] : [path];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    changedPaths(before[key], after[key], path === '' ? key : `${path}.${key}`),
  );
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
