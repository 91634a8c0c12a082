import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { hintOf } from '#lib/reconcile/fold';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import type { EventLog, LogEvent } from './log';

/** How a fold may be told what to keep. */
export interface FoldOptions {
  /** Only these kinds. Default: all. */
  readonly kinds?: readonly AnyKind[];
  /**
   * Makes the object of an entry; undefined leaves the entry out. Default: parses it. Whoever must open secrets or keep the bytes
   * does it here. Not called for DELETED entries: of those only the name counts.
   */
  readonly place?: (event: LogEvent, kind: AnyKind) => KubeObject | undefined | Promise<KubeObject | undefined>;
  /** The world to start from; it is changed. Default: the newest checkpoint at or before `revision`, else an empty one. */
  readonly base?: IndexedWorld;
}

const parsed = (event: LogEvent): KubeObject => JSON.parse(event.object) as KubeObject;

/**
 * All objects as they were at `revision`: the nearest checkpoint, and the log from there. Of each object only the last version is
 * parsed, so what it costs is reading the entries since the checkpoint plus parsing the objects that live.
 */
export async function worldAt(log: EventLog, revision: number, options: FoldOptions = {}): Promise<IndexedWorld> {
  const { base, place = parsed } = options;
  const resources = options.kinds?.map((kind) => kind.resource);
  const checkpoint = base ? undefined : await log.checkpointBefore(revision);
  const from = base?.revision ?? checkpoint?.revision ?? 0;
  const last = await lastVersions(log, from, revision, resources);

  const world = base ?? new IndexedWorld();
  if (checkpoint) {
    for await (const page of log.readRevisions(checkpoint.live, resources)) {
      for (const event of page) if (!last.has(addressOf(event))) await put(world, event, place);
    }
  }
  for (const event of last.values()) await put(world, event, place);
  world.revision = Math.max(world.revision, revision);
  return world;
}

/** The last entry of every object that changed in (from, to], in the order of those entries. */
async function lastVersions(
  log: EventLog,
  from: number,
  to: number,
  resources: readonly string[] | undefined,
): Promise<Map<string, LogEvent>> {
  const last = new Map<string, LogEvent>();
  if (from >= to) return last;
  for await (const page of log.read({ after: from, upTo: to, ...(resources && { resources }) })) {
    for (const event of page) {
      const address = addressOf(event);
      last.delete(address); // so that the order is that of the entries
      last.set(address, event);
    }
  }
  return last;
}

async function put(world: IndexedWorld, event: LogEvent, place: NonNullable<FoldOptions['place']>): Promise<void> {
  const known = world.custom.kindOfResource(event.resource);
  const kind = known ?? world.custom.kindOfEntry(hintOf(event.resource, JSON.parse(event.object) as KubeObject));
  if (!kind) return; // of a kind that is not served any more
  if (event.type === 'DELETED') {
    const gone = world.get(kind, event.namespace, event.name);
    if (gone) world.apply(kind, 'DELETED', gone, event.revision);
    return;
  }
  const placed = place(event, kind);
  const object = placed instanceof Promise ? await placed : placed;
  if (object) world.apply(kind, event.type, object, event.revision);
}

const addressOf = (event: LogEvent): string => `${event.resource}/${event.namespace}/${event.name}`;
