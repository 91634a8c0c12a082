import type { KubeObject } from '#lib/api/meta';
import type { Change } from '#lib/reconcile/world';
import { wireBytes } from '../world/wire';
import type { Selection } from './selection';

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** What a change means to one watcher: an object that leaves the selection is deleted for it. */
export function seenBy(selection: Selection, change: Change): { type: WatchType; object: KubeObject } | undefined {
  const { type, object, previous } = change;
  if (selection.all) {
    if (selection.namespace !== '' && object.metadata.namespace !== selection.namespace) return undefined;
    return { type, object };
  }
  const is = type !== 'DELETED' && selection.matches(object);
  const was = type !== 'ADDED' && (previous ? selection.matches(previous) : type === 'DELETED' && selection.matches(object));
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was) return undefined;
  if (type === 'DELETED') return { type, object };
  const last = previous as KubeObject;
  return { type: 'DELETED', object: { ...last, metadata: { ...last.metadata, resourceVersion: object.metadata.resourceVersion } } };
}

const PREFIX: Record<WatchType, Buffer> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const SUFFIX = Buffer.from('}\n');

const lines = new WeakMap<object, Partial<Record<WatchType, Buffer>>>();

/** One line of a watch, made once for all watchers. */
export function watchLine(type: WatchType, object: KubeObject): Buffer {
  let known = lines.get(object);
  if (!known) lines.set(object, (known = {}));
  return (known[type] ??= Buffer.concat([PREFIX[type], wireBytes(object), SUFFIX]));
}

/** The object of a bookmark: nothing but a revision. */
export function bookmarkOf({ apiVersion, kind }: { apiVersion: string; kind: string }, revision: number, initialEventsEnd: boolean) {
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(initialEventsEnd && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  return { kind, apiVersion, metadata };
}

export const bookmarkLine = (kind: { apiVersion: string; kind: string }, revision: number, initialEventsEnd: boolean): Buffer =>
  Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: bookmarkOf(kind, revision, initialEventsEnd) })}\n`);
