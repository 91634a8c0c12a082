import type { AnyKind } from '#lib/api/kind';
import type { RulesOf } from '#lib/api/apiextensions/custom-kind';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog, LogEvent } from '#lib/log/log';
import { logClock } from '#lib/log/log-clock';
import type { Sealer } from '#lib/log/secret/seal';
import { hintOf } from '#lib/reconcile/fold';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import type { Change } from '#lib/reconcile/world';
import { shareLeaves, type FieldNode } from '#lib/schema/managed/fields';
import { RecentDecisions } from './recent-decisions';
import { rememberBytes } from './wire';

/** How many of the last changes are kept with the version before them, for watches that resume a moment later. */
const RECENT_CHANGES = 5_000;

/** A checkpoint is due after this many entries: a fold of this length takes about 0.1 s. */
const CHECKPOINT_EVERY = 10_000;

/** Entries that a start reads one by one: a decision whose answer was lost comes again within seconds. */
const RECENT_ENTRIES = 1_000;

export type ChangeListener = (change: Change) => void;

/** The API server's world: every object at the head of the log, and the stream of changes that watches hang on. */
export class LiveWorld extends IndexedWorld {
  readonly decisions = new RecentDecisions();
  private readonly recent: Change[] = [];
  private readonly listeners = new Set<ChangeListener>();
  private lastCheckpoint = 0;
  private checkpointing: Promise<void> | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly sealer: Sealer,
    rulesOf?: RulesOf,
  ) {
    super(rulesOf);
  }

  /** Folds the log up to its head. */
  async load(): Promise<void> {
    const head = await this.log.head();
    logClock.notBefore(head.at);
    this.lastCheckpoint = (await this.log.checkpointBefore(head.revision))?.revision ?? 0;
    const revision = Math.max(0, head.revision - RECENT_ENTRIES); // the decisions of those after it are noted
    for await (const page of this.log.livingAt(revision))
      for (const { resource, object, revision: at } of page) await this.fold({ resource, object, revision: at, type: 'ADDED' });
    this.revision = revision;
    await this.catchUp();
    this.recent.length = 0;
  }

  /** Applies what other writers have appended since. */
  async catchUp(): Promise<void> {
    for await (const page of this.log.read({ after: this.revision })) {
      for (const event of page) if (event.revision > this.revision) await this.fold(event);
      logClock.notBefore(page.at(-1)?.at ?? '');
    }
  }

  /** Applies a change that is durable, and tells everybody who watches. */
  commit(kind: AnyKind, type: Change['type'], object: KubeObject, revision: number): void {
    const change = this.apply(kind, type, object, revision);
    this.recent.push(change);
    if (this.recent.length > 2 * RECENT_CHANGES) this.recent.splice(0, this.recent.length - RECENT_CHANGES);
    for (const listener of this.listeners) listener(change);
  }

  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** All changes after `revision`, or undefined when that is further back than is kept here: then the log knows them. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision >= this.revision) return [];
    const first = this.recent[0];
    if (!first || first.revision > revision + 1) return undefined;
    return this.recent.slice(revision + 1 - first.revision);
  }

  /**
   * The object of a recent entry, for others in this process who follow the log; undefined for entries that are long past, and for
   * kinds whose secrets nobody else may see opened.
   */
  shared(revision: number): KubeObject | undefined {
    const change = this.recent[revision - (this.recent[0]?.revision ?? 0)];
    return change?.revision === revision && !this.sealer.seals(change.kind) ? change.object : undefined;
  }

  /** All that lives now, for others in this process who begin to follow the log. */
  present(): { revision: number; objects: { resource: string; object: KubeObject }[]; sealed: string[] } {
    const [open, sealed] = [
      this.kinds().filter((kind) => !this.sealer.seals(kind)),
      this.kinds().filter((kind) => this.sealer.seals(kind)),
    ];
    const objects = open.flatMap((kind) => this.list(kind).map((object) => ({ resource: kind.resource, object: object as KubeObject })));
    return { revision: this.revision, objects, sealed: sealed.map(({ resource }) => resource) };
  }

  /** Watches that resume read the log instead: secrets in recent changes may not be readable any more. */
  forgetRecent(): void {
    this.recent.length = 0;
  }

  /** Resolves true once `holds` is true of the world, false when `timeoutMs` passed first. */
  async until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return true;
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        clearTimeout(timer);
        stop();
        resolve(answer);
      };
      const stop = this.onChange(() => holds() && end(true));
      const timer = setTimeout(() => end(false), timeoutMs);
    });
  }

  /** Writes a checkpoint when one is due; in the background, at most one at a time. */
  checkpointIfDue(): void {
    if (this.checkpointing || this.revision - this.lastCheckpoint < CHECKPOINT_EVERY) return;
    const revision = this.revision;
    const entries = this.kinds()
      .flatMap((kind) =>
        this.list(kind).map((object) => ({ at: Number((object as KubeObject).metadata.resourceVersion), resource: kind.resource })),
      )
      .sort((a, b) => a.at - b.at);
    this.checkpointing = this.log
      .saveCheckpoint({ revision, live: entries.map(({ at }) => at), resources: entries.map(({ resource }) => resource) })
      .then(() => void (this.lastCheckpoint = revision))
      .catch(() => undefined) // the next one tries again; a start just folds a little more
      .finally(() => void (this.checkpointing = undefined));
  }

  private async fold(event: Pick<LogEvent, 'resource' | 'object' | 'revision' | 'type' | 'decision'>): Promise<void> {
    this.decisions.note(event.decision, event.revision);
    const stored = JSON.parse(event.object) as KubeObject;
    const kind = this.custom.kindOfEntry(hintOf(event.resource, stored));
    if (!kind) {
      this.revision = event.revision;
      this.recent.length = 0; // it has no holes; what is before this one is read from the log
      return;
    }
    for (const { fieldsV1 } of stored.metadata.managedFields ?? []) if (fieldsV1) shareLeaves(fieldsV1 as Record<string, FieldNode>);
    const object = this.sealer.seals(kind) ? await this.sealer.open(stored) : stored;
    if (object === stored) rememberBytes(object, event.object);
    this.commit(kind, event.type, object, event.revision);
  }
}
