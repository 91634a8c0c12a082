import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { sameValue } from '#lib/api/equality';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Change } from '#lib/reconcile/world';
import type { LiveWorld } from '../world/live-world';
import { Audience, type Listening } from './audience';
import type { Watcher } from './watch-batch';

/**
 * Watchers are told for so long before others get their turn: 10,000 of them take 100 ms and more, and the writer's answer, requests and
 * the watchers of other kinds do not wait for the last of them.
 */
const TURN_MS = 2;

/** What is under way to the watchers of one kind. */
interface Stream {
  readonly audience: Audience;
  /** Changes that nobody has been told yet. */
  pending: Change[];
  /** Telling the changes before those. */
  deliveries: Generator<void> | undefined;
  /** The first change that not everybody has been told; Infinity: all know all. */
  untold: number;
}

/**
 * Hands each change to the watchers of its kind, soon after the commit: who wrote it has his answer first, and what is committed while
 * watchers are being told is told together. Watchers of a custom kind end with what it was defined as.
 */
export class WatchHub {
  private readonly streams = new Map<string, Stream>();
  private readonly busy = new Set<Stream>();
  private readonly ends = new Map<string, Set<() => void>>();
  private isScheduled = false;

  constructor(private readonly world: LiveWorld) {
    world.onChange((change) => {
      const stream = this.streams.get(change.kind.resource);
      if (stream && !stream.audience.isEmpty) this.add(stream, change);
      if (change.kind.resource === CustomResourceDefinition.resource && isRedefined(change)) this.end(change.object.metadata.name);
    });
  }

  get size(): number {
    let size = 0;
    for (const { audience } of this.streams.values()) size += audience.size;
    return size;
  }

  /** Everything from now on, and maybe some that `changesSince` knows, too; nothing between them is missed. */
  join(kind: AnyKind, listening: Listening, watcher: Watcher): () => void {
    let stream = this.streams.get(kind.resource);
    if (!stream)
      this.streams.set(kind.resource, (stream = { audience: new Audience(), pending: [], deliveries: undefined, untold: Infinity }));
    return stream.audience.add(listening, watcher);
  }

  /** The revision up to which every watcher of a kind has been told everything. */
  toldUpTo(kind: AnyKind): number {
    return Math.min(this.world.revision, (this.streams.get(kind.resource)?.untold ?? Infinity) - 1);
  }

  /** Tells once that the definition of a custom kind is gone or another: what a watch sends would no longer be what is served. */
  whenRedefined(kind: AnyKind, listener: () => void): () => void {
    if (!kind.schema) return () => undefined;
    let listeners = this.ends.get(kind.resource);
    if (!listeners) this.ends.set(kind.resource, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  changesSince(kind: AnyKind, revision: number): readonly Change[] | undefined {
    return this.world.changesSince(revision)?.filter((change) => change.kind.resource === kind.resource);
  }

  private add(stream: Stream, change: Change): void {
    stream.pending.push(change);
    if (stream.untold === Infinity) stream.untold = change.revision;
    this.busy.add(stream);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.turn());
  }

  /** One turn for each kind that has something to tell, then everybody else's. */
  private turn(): void {
    this.isScheduled = false;
    for (const stream of this.busy) this.advance(stream, performance.now() + TURN_MS);
    if (this.busy.size === 0) return;
    this.isScheduled = true;
    setImmediate(() => this.turn());
  }

  private advance(stream: Stream, until: number): void {
    do {
      stream.deliveries ??= this.begun(stream);
      if (!stream.deliveries.next().done) continue;
      stream.deliveries = undefined;
      stream.untold = stream.pending[0]?.revision ?? Infinity;
      if (stream.pending.length === 0) return void this.busy.delete(stream);
    } while (performance.now() < until);
  }

  private begun(stream: Stream): Generator<void> {
    const changes = stream.pending;
    stream.pending = [];
    return stream.audience.deliveries(changes);
  }

  private end(resource: string): void {
    const stream = this.streams.get(resource);
    if (stream && this.busy.has(stream)) this.advance(stream, Infinity); // they see the last objects go
    const listeners = this.ends.get(resource);
    this.ends.delete(resource);
    if (listeners) for (const listener of listeners) listener();
  }
}

const specOf = (object: KubeObject): unknown => (object as CustomResourceDefinition).spec;

/** One that is only asked to go still shows its objects going. */
const isRedefined = ({ type, object, previous }: Change): boolean =>
  type === 'DELETED' || (previous !== undefined && !sameValue(specOf(previous), specOf(object)));
