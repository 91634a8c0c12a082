import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import type { ChangeType } from '#lib/log/log';

type Any = KubeObject & {
  spec?: { nodeName?: string; replicas?: number };
  status?: { phase?: string; conditions?: { type: string; status: string }[]; readyReplicas?: number };
};

/** Paths that every write moves. */
const NOISE = new Set(['metadata.resourceVersion', 'metadata.generation', 'metadata.managedFields']);

/** So many changed paths are named; more would not fit a line. */
const MAX_PATHS = 3;

/** What a change did, in a few words a person understands. */
export function summaryOf(type: ChangeType, object: KubeObject, previous: KubeObject | undefined): string {
  if (type === 'ADDED') return 'created';
  if (type === 'DELETED') return 'deleted';
  if (!previous) return 'changed';
  const told = [...milestones(object, previous)];
  if (told.length > 0) return told.join(', ');
  const paths = changedPaths(previous, object).filter((path) => !NOISE.has(path));
  if (paths.length === 0) return 'changed';
  const more = paths.length > MAX_PATHS ? ` and ${paths.length - MAX_PATHS} more` : '';
  return `changed ${paths.slice(0, MAX_PATHS).join(', ')}${more}`;
}

/** The turns in an object's life that have a name. */
function* milestones(object: Any, previous: Any): Iterable<string> {
  if (object.metadata.deletionTimestamp && !previous.metadata.deletionTimestamp) yield 'asked to go';
  if (object.spec?.nodeName && !previous.spec?.nodeName) yield `assigned to ${object.spec.nodeName}`;
  if (object.spec?.replicas !== previous.spec?.replicas) yield `replicas ${previous.spec?.replicas} → ${object.spec?.replicas}`;
  if (object.status?.phase !== previous.status?.phase) yield `${previous.status?.phase ?? 'none'} → ${object.status?.phase}`;
  const ready = conditionOf(object, 'Ready');
  if (ready !== undefined && ready !== conditionOf(previous, 'Ready')) yield ready === 'True' ? 'ready' : 'not ready';
  if (object.status?.readyReplicas !== previous.status?.readyReplicas) yield `${object.status?.readyReplicas ?? 0} ready`;
}

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
