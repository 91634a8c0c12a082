import type { KindHint } from '#lib/api/apiextensions/custom-kinds';
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
 * can have no opinion about a kind it has never heard of. Custom resources it hears of from their definitions, or from themselves.
 */
export function foldEntry(world: IndexedWorld, entry: Entry): Change | undefined {
  const known = world.custom.kindOfResource(entry.resource);
  if (known) return world.apply(known, entry.type, JSON.parse(entry.object) as KubeObject, entry.revision);
  const object = JSON.parse(entry.object) as KubeObject;
  const kind = world.custom.kindOfEntry(hintOf(entry.resource, object));
  if (kind) return world.apply(kind, entry.type, object, entry.revision);
  world.revision = Math.max(world.revision, entry.revision);
  return undefined;
}

/** What an entry says of the kind of its object. */
export const hintOf = (resource: string, { apiVersion, kind, metadata }: KubeObject): KindHint => ({
  resource,
  apiVersion,
  kind,
  namespace: metadata.namespace ?? '',
});
