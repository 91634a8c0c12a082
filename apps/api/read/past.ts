import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { badRequest, notFound } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { storedKind } from '#lib/api/kinds';
import { hintOf } from '#lib/reconcile/fold';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog, Living, LogEvent } from '#lib/log/log';
import { logClock } from '#lib/log/log-clock';
import type { Sealer } from '#lib/log/secret/seal';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import type { Change } from '#lib/reconcile/world';
import { rememberBytes } from '../world/wire';
import { unread } from './unread';
import { dateWritten } from './written-time';

/**
 * Worlds of one kind at one revision are kept, as somebody who looks at a moment looks more than once; so many, and so many objects in them
 * (3 kB each).
 */
const KEPT_WORLDS = 64;
const KEPT_OBJECTS = 60_000;

/** The clock of whoever asks about this very moment may be ahead of ours by so much. */
const CLOCKS_APART_MS = 60_000;

/** Reads the log as it was: any object, any list, any stretch of changes. */
export class Past {
  private readonly worlds = new Map<string, Promise<IndexedWorld>>();
  private readonly sizes = new Map<string, number>();

  constructor(
    private readonly log: EventLog,
    private readonly sealer: Sealer,
    /** Throws where the log no longer knows a resource as it was. */
    private readonly requireKnown: (resource: string, revision: number) => void = () => undefined,
  ) {}

  /** @throws ApiError 410 when what a kind was at this revision, or what became of it since, was pruned. */
  require(kind: AnyKind, revision: number): void {
    this.requireKnown(storedKind(kind).resource, revision);
  }

  /**
   * `1200` or a date with its time → revision. @throws ApiError 400 when it is neither, or in the future: that would be another answer
   * tomorrow.
   */
  async revisionOf(text: string, head: number): Promise<number> {
    if (/^\d+$/.test(text)) {
      const revision = Number(text);
      if (revision > head) throw badRequest(`revision ${text} is in the future: the log is at revision ${head}`);
      return revision;
    }
    const time = dateWritten(text);
    if (!time) throw badRequest(`${JSON.stringify(text)} is neither a revision nor an RFC 3339 time`);
    const now = logClock.date();
    if (time.getTime() > now.getTime() + CLOCKS_APART_MS) throw badRequest(`${text} is in the future: here it is ${now.toISOString()}`);
    return this.log.revisionAt(time);
  }

  /** When the entry of this revision was written; the present for a log without entries. */
  async timeOf(revision: number): Promise<Date> {
    const event = await this.log.event(revision);
    return event ? new Date(event.at) : new Date();
  }

  /** All objects of one kind at a revision: the nearest checkpoint, and the entries after it. */
  async worldAt(kind: AnyKind, revision: number): Promise<IndexedWorld> {
    this.require(kind, revision);
    const key = `${kind.resource}@${revision}`;
    const known = this.worlds.get(key);
    if (known) {
      this.worlds.delete(key); // and last again: the one that was not asked for longest goes first
      this.worlds.set(key, known);
      return known;
    }
    const world = this.fold(kind, revision);
    this.worlds.set(key, world);
    world.then(
      ({ size }) => this.weigh(key, size),
      () => this.drop(key),
    );
    return world;
  }

  /** Reads everything anew: secrets that were readable may not be any more. */
  forget(): void {
    this.worlds.clear();
    this.sizes.clear();
  }

  private weigh(key: string, size: number): void {
    this.sizes.set(key, size);
    const total = (): number => [...this.sizes.values()].reduce((sum, one) => sum + one, 0);
    while (this.worlds.size > 1 && (this.worlds.size > KEPT_WORLDS || total() > KEPT_OBJECTS))
      this.drop(this.worlds.keys().next().value as string);
  }

  private drop(key: string): void {
    this.worlds.delete(key);
    this.sizes.delete(key);
  }

  /** One object as it was. @throws ApiError 404 when it did not exist then. */
  async objectAt(kind: AnyKind, namespace: string, name: string, revision: number): Promise<KubeObject> {
    this.require(kind, revision);
    const event = await this.log.objectAt(kind.resource, namespace, name, revision);
    if (!event || event.type === 'DELETED') throw notFound(kind, name);
    return this.opened(kind, event);
  }

  /** Every change of a kind after `after`, with the version before it, up to `upTo`. */
  async *changes(kind: AnyKind, after: number, upTo: number): AsyncIterable<Change> {
    this.require(kind, after);
    const world = await this.fold(kind, after);
    for await (const page of this.log.read({ after, upTo, resources: [kind.resource] })) {
      for (const event of page) yield world.apply(kind, event.type, await this.opened(kind, event), event.revision);
    }
  }

  private async fold(kind: AnyKind, revision: number): Promise<IndexedWorld> {
    const world = new IndexedWorld();
    for await (const page of this.log.livingAt(revision, [kind.resource])) {
      for (const living of page) if (!this.held(world, living)) await this.read(world, living);
    }
    world.revision = revision;
    return world;
  }

  /**
   * An object that is only given out as the bytes that it has is never parsed. Of 5,000 pods that was more than a third of the CPU here.
   */
  private held(world: IndexedWorld, { resource, namespace, name, bytes, revision }: Living): boolean {
    const kind = world.custom.kindOfResource(resource);
    if (!isObject(bytes) || !kind || kind === CustomResourceDefinition || this.sealer.seals(kind)) return false;
    world.hold(kind, namespace, name, unread(bytes), revision);
    return true;
  }

  private async read(world: IndexedWorld, living: Living): Promise<void> {
    const stored = JSON.parse(living.object) as KubeObject;
    const kind = world.custom.kindOfResource(living.resource) ?? world.custom.kindOfEntry(hintOf(living.resource, stored));
    if (kind) world.apply(kind, 'ADDED', await this.openedOf(kind, stored, living.bytes ?? living.object), living.revision);
  }

  private opened(kind: AnyKind, event: LogEvent): Promise<KubeObject> {
    return this.openedOf(kind, JSON.parse(event.object) as KubeObject, event.object);
  }

  private async openedOf(kind: AnyKind, stored: KubeObject, text: string | Uint8Array): Promise<KubeObject> {
    if (this.sealer.seals(kind)) return this.sealer.open(stored);
    rememberBytes(stored, text);
    return stored;
  }
}

const [OPEN, CLOSE] = [0x7b, 0x7d];

/** Of an entry that somebody has been at, nothing is left, or what is no object: that is refused now and not given out. */
const isObject = (bytes: Uint8Array | undefined): bytes is Uint8Array =>
  bytes !== undefined && bytes[0] === OPEN && bytes[bytes.length - 1] === CLOSE;
