import { setTimeout as sleep } from 'node:timers/promises';
import { all, NotConverted } from '#lib/api/apiextensions/conversion';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Change, World } from '#lib/reconcile/world';
import { selected } from './list';
import type { Past } from './past';
import type { Selection } from './selection';
import { bookmarkLine, seenBy, watchLine, type WatchType } from './watch-events';
import type { Batch, Watcher } from './watch-batch';
import type { WatchHub } from './watch-hub';

/** As upstream: about once a minute. */
const BOOKMARK_EVERY_MS = 60_000;

/**
 * A watcher that is this far behind is let go; it comes back with the revision it has seen. Mirrors the bounded channel of upstream's
 * cacheWatcher.
 */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/** Changes that come while the objects there are are being sent: more of them, and it should begin anew. */
const MAX_WAITING = 50_000;

/** What is sent at the beginning is made as the client takes it: 25,000 pods are 75 MB, for each who watches. */
const AHEAD_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const LOOK_AGAIN_MS = 10;

/** Where the lines go. */
export interface WatchSink {
  write(line: Buffer): void;
  end(): void;
  /** Bytes written but not yet taken by the client. */
  buffered(): number;
  onClose(listener: () => void): void;
}

export interface WatchRequest {
  readonly kind: AnyKind;
  readonly selection: Selection;
  /** Undefined: begin with the objects there are. */
  readonly after: number | undefined;
  /** Begin with the objects, then a bookmark that says so. False: with what happens from now on, when no revision is named. */
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  /** The type that bookmarks are of; default: the kind's own. */
  readonly bookmarksAs?: { readonly apiVersion: string; readonly kind: string };
  /** What tells the form of the lines from others; default: as JSON. */
  readonly form?: string;
  /** Turns an object into a line; `isFirst` of this watch. Default: the object itself. */
  readonly encode?: (type: WatchType, object: KubeObject, isFirst: boolean) => Buffer;
  /** Of a kind whose versions a webhook converts: makes the version that is shown, and what waits until it can be made. */
  readonly conversion?: { show(object: KubeObject): unknown; until(missing: NotConverted): Promise<void> };
  /** The same for bookmarks; default: a line of JSON. */
  readonly encodeBookmark?: (revision: number, initialEventsEnd: boolean) => Buffer;
}

/** Streams the changes of one kind to one client: first what it missed, then what comes, each once and in order. */
export class WatchSession implements Watcher {
  private readonly waiting: Change[] = [];
  private live = false;
  private begun = false;
  private sent = 0;
  private closed = false;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly world: World,
    private readonly hub: WatchHub,
    private readonly past: Past,
    private readonly request: WatchRequest,
    private readonly sink: WatchSink,
  ) {}

  async run(): Promise<void> {
    const { kind, after, selection, form = 'json', conversion } = this.request;
    const key = conversion ? undefined : `${form} ${selection.key}`;
    this.stops.push(this.hub.join(kind, { key, selection, tell: tellerOf(this.request) }, this));
    this.stops.push(this.hub.whenRedefined(kind, () => this.close()));
    this.sink.onClose(() => this.close());
    this.startTimers();
    const { sendInitialEvents } = this.request;
    if (sendInitialEvents || (after === undefined && sendInitialEvents === undefined)) await this.sendObjects();
    else await this.sendMissed(after ?? this.world.revision);
    this.goLive();
  }

  private async sendObjects(): Promise<void> {
    const { kind, selection } = this.request;
    const missing = (): Promise<void> | undefined =>
      this.request.conversion && this.unconverted(this.world.list(kind, selection.namespace));
    for (let next = missing(); next; next = missing()) await next;
    const objects = selected(this.world, kind, selection);
    const revision = (this.sent = this.world.revision);
    let chunk: Buffer[] = [];
    let size = 0;
    for (const object of objects) {
      size += chunk[chunk.push(this.encode('ADDED', object)) - 1]?.length ?? 0;
      if (size < CHUNK_BYTES) continue;
      this.sink.write(Buffer.concat(chunk));
      [chunk, size] = [[], 0];
      await this.taken();
      if (this.closed) return;
    }
    if (this.request.sendInitialEvents && this.request.bookmarks) chunk.push(this.bookmark(revision, true));
    if (chunk.length > 0) this.sink.write(Buffer.concat(chunk));
  }

  /** Resolves when the client has taken most of what it was sent. */
  private async taken(): Promise<void> {
    while (!this.closed && this.sink.buffered() > AHEAD_BYTES) await sleep(LOOK_AGAIN_MS);
  }

  private async sendMissed(after: number): Promise<void> {
    this.sent = after;
    const recent = this.hub.changesSince(this.request.kind, after);
    if (recent) {
      for (const change of recent) {
        if (this.request.conversion) await this.sendConverted(change);
        else this.send(change);
        if (this.sink.buffered() > AHEAD_BYTES) await this.taken();
      }
      return;
    }
    for await (const change of this.past.changes(this.request.kind, after, this.world.revision)) {
      if (this.closed) return;
      await this.sendConverted(change);
      await this.taken();
    }
  }

  private goLive(): void {
    this.live = true;
    for (const change of this.waiting.splice(0)) this.onChange(change);
  }

  take(batch: Batch): void {
    if (this.closed) return;
    try {
      const isPlain = this.live && this.begun && !this.request.conversion && batch.first > this.sent;
      if (isPlain) this.pass(batch);
      else for (const change of batch.changes) this.onChange(change);
    } catch {
      this.close(); // what cannot be shown to it must not be left out, either
    }
  }

  private pass({ bytes, last }: Batch): void {
    this.sent = last;
    this.sink.write(bytes);
    this.endWhenSlow();
  }

  private onChange(change: Change): void {
    if (!this.live) {
      if (this.waiting.push(change) > MAX_WAITING) this.close();
      return;
    }
    const missing = this.request.conversion && this.unconverted(versionsOf(change));
    if (!missing) return this.send(change);
    this.live = false;
    this.waiting.push(change);
    void missing.then(
      () => this.goLive(),
      () => this.close(),
    );
  }

  private async sendConverted(change: Change): Promise<void> {
    const missing = this.unconverted(versionsOf(change));
    if (missing) await missing;
    this.send(change);
  }

  /** Resolves when those are converted that have to be before they can be shown; undefined when none has to. */
  private unconverted(objects: readonly unknown[]): Promise<void> | undefined {
    const { conversion } = this.request;
    if (!conversion) return undefined;
    try {
      all(objects as readonly KubeObject[], (object) => conversion.show(object));
      return undefined;
    } catch (error) {
      if (!(error instanceof NotConverted)) throw error;
      return conversion.until(error);
    }
  }

  private send(change: Change): void {
    if (this.closed || change.revision <= this.sent) return;
    this.sent = change.revision;
    const seen = seenBy(this.request.selection, change);
    if (!seen) return;
    this.sink.write(this.encode(seen.type, seen.object));
    this.endWhenSlow();
  }

  private endWhenSlow(): void {
    if (this.live && this.sink.buffered() > MAX_BUFFERED_BYTES) this.close();
  }

  private encode(type: WatchType, object: KubeObject): Buffer {
    const isFirst = !this.begun;
    this.begun = true;
    return encoded(this.request, type, object, isFirst);
  }

  private bookmark(revision: number, initialEventsEnd: boolean): Buffer {
    const { encodeBookmark } = this.request;
    return encodeBookmark
      ? encodeBookmark(revision, initialEventsEnd)
      : bookmarkLine(this.request.bookmarksAs ?? this.request.kind, revision, initialEventsEnd);
  }

  private startTimers(): void {
    const end = setTimeout(() => this.close(), this.request.timeoutMs);
    this.stops.push(() => clearTimeout(end));
    if (!this.request.bookmarks) return;
    const mark = setInterval(() => {
      if (this.live) this.sink.write(this.bookmark(Math.max(this.sent, this.hub.toldUpTo(this.request.kind)), false));
    }, BOOKMARK_EVERY_MS);
    this.stops.push(() => clearInterval(mark));
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const stop of this.stops) stop();
    this.sink.end();
  }
}

const versionsOf = ({ object, previous }: Change): readonly KubeObject[] => (previous ? [object, previous] : [object]);

const encoded = ({ encode }: WatchRequest, type: WatchType, object: KubeObject, isFirst: boolean): Buffer =>
  encode ? encode(type, object, isFirst) : watchLine(type, object);

/** What all are told that ask the same, once they have been told anything. */
const tellerOf =
  (request: WatchRequest) =>
  (change: Change): Buffer | undefined => {
    const seen = seenBy(request.selection, change);
    return seen && encoded(request, seen.type, seen.object, false);
  };
