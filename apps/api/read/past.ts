import { badRequest, notFound } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog, LogEvent } from '#lib/log/log';
import type { Sealer } from '#lib/log/seal';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import type { Change } from '#lib/reconcile/world';
import { rememberBytes } from '../world/wire';

/** Worlds of one kind at one revision that are kept: somebody who looks at a moment looks more than once. */
const KEPT_WORLDS = 64;

/** Reads the log as it was: any object, any list, any stretch of changes. */
export class Past {
  private readonly worlds = new Map<string, Promise<IndexedWorld>>();

  constructor(
    private readonly log: EventLog,
    private readonly sealer: Sealer,
  ) {}

  /** `1200` or an RFC 3339 time → revision. @throws ApiError 400 when it is neither, or in the future. */
  async revisionOf(text: string, head: number): Promise<number> {
    if (/^\d+$/.test(text)) {
      const revision = Number(text);
      if (revision > head) throw badRequest(`revision ${text} is in the future: the log is at revision ${head}`);
      return revision;
    }
    const time = new Date(text);
    if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time.getTime())) {
      throw badRequest(`${JSON.stringify(text)} is neither a revision nor an RFC 3339 time`);
    }
    return this.log.revisionAt(time);
  }

  /** All objects of one kind at a revision: the nearest checkpoint, and the entries after it. */
  worldAt(kind: AnyKind, revision: number): Promise<IndexedWorld> {
    const key = `${kind.resource}@${revision}`;
    let world = this.worlds.get(key);
    if (!world) {
      world = this.fold(kind, revision);
      world.catch(() => this.worlds.delete(key));
      if (this.worlds.size >= KEPT_WORLDS) this.worlds.delete(this.worlds.keys().next().value as string);
    } else this.worlds.delete(key);
    this.worlds.set(key, world);
    return world;
  }

  /** One object as it was. @throws ApiError 404 when it did not exist then. */
  async objectAt(kind: AnyKind, namespace: string, name: string, revision: number): Promise<KubeObject> {
    const event = await this.log.objectAt(kind.resource, namespace, name, revision);
    if (!event || event.type === 'DELETED') throw notFound(kind, name);
    return this.opened(kind, event);
  }

  /** Every change of a kind after `after`, with the version before it, up to `upTo`. */
  async *changes(kind: AnyKind, after: number, upTo: number): AsyncIterable<Change> {
    const world = await this.fold(kind, after);
    for await (const page of this.log.read({ after, upTo, resources: [kind.resource] })) {
      for (const event of page) yield world.apply(kind, event.type, await this.opened(kind, event), event.revision);
    }
  }

  private async fold(kind: AnyKind, revision: number): Promise<IndexedWorld> {
    const world = new IndexedWorld();
    const resources = [kind.resource];
    const checkpoint = await this.log.checkpointBefore(revision);
    if (checkpoint) for await (const page of this.log.readRevisions(checkpoint.live, resources)) await this.applyAll(world, page);
    for await (const page of this.log.read({ after: checkpoint?.revision ?? 0, upTo: revision, resources })) await this.applyAll(world, page);
    world.revision = revision;
    return world;
  }

  private async applyAll(world: IndexedWorld, page: readonly LogEvent[]): Promise<void> {
    for (const event of page) {
      const kind = kindOfResource(event.resource);
      if (kind) world.apply(kind, event.type, await this.opened(kind, event), event.revision);
    }
  }

  private async opened(kind: AnyKind, event: LogEvent): Promise<KubeObject> {
    const stored = JSON.parse(event.object) as KubeObject;
    if (this.sealer.seals(kind)) return this.sealer.open(stored);
    rememberBytes(stored, event.object);
    return stored;
  }
}
