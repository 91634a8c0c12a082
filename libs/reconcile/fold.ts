import type { AnyKind } from '#lib/api/kind';
import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { IndexedWorld } from './indexed-world';
import type { Change } from './world';

/** What of a log entry is needed to fold it; entries of the log and messages of the bus both have it. */
export interface Entry {
  readonly revision: number;
  readonly type: Change['type'];
  /** `plural.group` */
  readonly resource: string;
  /** The object's JSON text. */
  readonly object: string;
}

/**
 * Applies one entry to the world. An entry of a resource that this code does not know only moves the revision: a controller
 * can have no opinion about a kind it has never heard of.
 */
export function foldEntry(world: IndexedWorld, entry: Entry, kindOf: (resource: string) => AnyKind | undefined = kindOfResource): Change | undefined {
  const kind = kindOf(entry.resource);
  if (kind) return world.apply(kind, entry.type, JSON.parse(entry.object) as KubeObject, entry.revision);
  world.revision = Math.max(world.revision, entry.revision);
  return undefined;
}
