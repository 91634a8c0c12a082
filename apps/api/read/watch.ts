import { all, NotConverted } from '#lib/api/apiextensions/conversion';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Change, World } from '#lib/reconcile/world';
import { selected } from './list';
import type { Past } from './past';
import type { Selection } from './selection';
import { bookmarkLine, seenBy, watchLine, type WatchType } from './watch-events';
import type { WatchHub } from './watch-hub';

/** As upstream: about once a minute. */
const BOOKMARK_EVERY_MS = 60_000;

/** A watcher that is this far behind is let go; it comes back with the revision it has seen. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

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
  /** Turns an object into a line; default: the object itself. */
  readonly encode?: (type: WatchType, object: KubeObject) => Buffer;
  /** Of a kind whose versions a webhook converts: makes the version that is shown, and what waits until it can be made. */
  readonly conversion?: { show(object: KubeObject): unknown; until(missing: NotConverted): Promise<void> };
  /** The same for bookmarks; default: a line of JSON. */
  readonly encodeBookmark?: (revision: number, initialEventsEnd: boolean) => Buffer;
}

/** Streams the changes of one kind to one client: first what it missed, then what comes, each once and in order. */
export class WatchSession {
  private readonly waiting: Change[] = [];
  private live = false;
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
    const { kind, after } = this.request;
    this.stops.push(this.hub.join(kind, (change) => this.onChange(change)));
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
    const missing = (): Promise<void> | undefined => this.request.conversion && this.unconverted(this.world.list(kind, selection.namespace));
    for (let next = missing(); next; next = missing()) await next;
    for (const object of selected(this.world, kind, selection)) this.sink.write(this.encode('ADDED', object));
    this.sent = this.world.revision;
    if (this.request.sendInitialEvents && this.request.bookmarks) this.sink.write(this.bookmark(this.sent, true));
  }

  private async sendMissed(after: number): Promise<void> {
    this.sent = after;
    const recent = this.hub.changesSince(this.request.kind, after);
    if (recent) {
      for (const change of recent) {
        if (this.request.conversion) await this.sendConverted(change);
        else this.send(change);
      }
      return;
    }
    for await (const change of this.past.changes(this.request.kind, after, this.world.revision)) {
      if (this.closed) return;
      await this.sendConverted(change);
      if (this.sink.buffered() > MAX_BUFFERED_BYTES / 2) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private goLive(): void {
    this.live = true;
    for (const change of this.waiting.splice(0)) this.onChange(change);
  }

  private onChange(change: Change): void {
    if (!this.live) return void this.waiting.push(change);
    const missing = this.request.conversion && this.unconverted(versionsOf(change));
    if (!missing) return this.send(change);
    this.live = false;
    this.waiting.push(change);
    void missing.then(() => this.goLive(), () => this.close());
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
    if (this.live && this.sink.buffered() > MAX_BUFFERED_BYTES) this.close();
  }

  private encode(type: WatchType, object: KubeObject): Buffer {
    return this.request.encode ? this.request.encode(type, object) : watchLine(type, object);
  }

  private bookmark(revision: number, initialEventsEnd: boolean): Buffer {
    const { encodeBookmark } = this.request;
    return encodeBookmark ? encodeBookmark(revision, initialEventsEnd) : bookmarkLine(this.request.bookmarksAs ?? this.request.kind, revision, initialEventsEnd);
  }

  private startTimers(): void {
    const end = setTimeout(() => this.close(), this.request.timeoutMs);
    this.stops.push(() => clearTimeout(end));
    if (!this.request.bookmarks) return;
    const mark = setInterval(() => {
      if (this.live) this.sink.write(this.bookmark(this.world.revision, false));
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
