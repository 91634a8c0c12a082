import type { Controller } from './controller';
import { decideOn, sentCommands, type SentCommand } from './decide';
import { digestsOf, plainDigest, type Sha256 } from './digest';
import { foldEntry, type Entry } from './fold';
import { IndexedWorld } from './indexed-world';

/** What the log keeps of a decision. */
export interface RecordedDecision {
  readonly controller: string;
  readonly key: string;
  /** Revision of the world it was made with; smaller than those of its entries. */
  readonly world: number;
  readonly now: string;
  /** Digests of its commands, see `digestsOf`. */
  readonly commands: readonly string[];
  readonly facts?: unknown;
}

/** An entry of the log, as far as replay needs it. */
export interface ReplayEntry extends Entry {
  readonly decision?: RecordedDecision & { readonly index: number };
}

/** A decision that today's code does not make as it was made. */
export interface Divergence {
  /** The first entry that the recorded decision wrote. */
  readonly revision: number;
  readonly controller: string;
  readonly key: string;
  readonly world: number;
  readonly now: string;
  /** Digests of the commands then. */
  readonly expected: readonly string[];
  /** Digests of the commands now. */
  readonly got: readonly string[];
  /** The commands now. */
  readonly commands: readonly SentCommand[];
  /** Today's code threw this instead of deciding. */
  readonly error?: string;
}

/** What came of a replay. */
export interface ReplayResult {
  /** Decisions that were made again. */
  readonly checked: number;
  readonly divergences: readonly Divergence[];
  /** Decisions of controllers that this code does not have. */
  readonly unknown: number;
  /** Decisions whose world was already folded when their first entry came by: pass them to another replay as `late`. */
  readonly late: readonly PendingDecision[];
}

/** A recorded decision with the first entry it wrote. */
export type PendingDecision = RecordedDecision & { readonly revision: number };

/** How a replay reads the log. */
export interface ReplayOptions {
  /** The digest that the recording used. Default: `plainDigest`, that of simulations. The log's is SHA-256. */
  readonly sha256?: Sha256;
  /**
   * How many entries are held back before they are folded. A decision's entries come after its world, by as many entries as others
   * wrote meanwhile; what lies further back is `late`. Default 20,000: some 30 MB, and more than a minute of a busy cluster.
   */
  readonly window?: number;
  /** Only decisions whose entries have a greater revision. Default 0: all. */
  readonly minRevision?: number;
  /** Only these decisions, from an earlier replay of the same log. */
  readonly late?: readonly PendingDecision[];
}

/**
 * Makes recorded decisions again, with today's code, in the world and at the time of then. One pass over the log, in revision
 * order: entries wait in a window, so that a decision is known before the world is folded beyond the revision it was made with.
 */
export class Replay {
  private readonly world = new IndexedWorld();
  private readonly controllers: ReadonlyMap<string, Controller>;
  private readonly sha256: Sha256;
  private readonly window: number;
  private held: ReplayEntry[] = [];
  private folded = 0;
  /** By the revision of their world; the inner key tells decisions on the same world apart. */
  private readonly pending = new Map<number, Map<string, PendingDecision>>();
  private readonly late = new Map<string, PendingDecision>();
  private readonly divergences: Divergence[] = [];
  private readonly only: boolean;
  private readonly after: number;
  private checked = 0;
  private unknown = 0;

  constructor(controllers: readonly Controller[], options: ReplayOptions = {}) {
    this.controllers = new Map(controllers.map((controller) => [controller.name, controller]));
    this.sha256 = options.sha256 ?? plainDigest;
    this.window = options.window ?? 20_000;
    this.after = options.minRevision ?? 0;
    this.only = options.late !== undefined;
    for (const decision of options.late ?? []) this.remember(decision);
  }

  /** Folds an entry without looking at its decision: to begin later than at the first entry. */
  seed(entry: Entry): void {
    foldEntry(this.world, entry);
  }

  /** The seeds were the world of this revision; the next entry is the one after it. */
  startAt(revision: number): void {
    this.world.revision = revision;
  }

  /** The next entry of the log. */
  add(entry: ReplayEntry): void {
    if (entry.decision && !this.only && entry.revision > this.after) this.remember({ ...entry.decision, revision: entry.revision });
    this.held.push(entry);
    if (this.held.length - this.folded > this.window) this.fold();
    if (this.folded > this.window) {
      this.held = this.held.slice(this.folded);
      this.folded = 0;
    }
  }

  /** After the last entry. */
  finish(): ReplayResult {
    while (this.folded < this.held.length) this.fold();
    this.check();
    this.divergences.sort((a, b) => a.revision - b.revision);
    return { checked: this.checked, divergences: this.divergences, unknown: this.unknown, late: [...this.late.values()] };
  }

  private fold(): void {
    this.check();
    const entry = this.held[this.folded++];
    if (entry) foldEntry(this.world, entry);
  }

  private remember(decision: PendingDecision): void {
    const id = `${decision.controller}\n${decision.key}\n${decision.now}`;
    if (decision.world < this.world.revision) {
      const lateId = `${decision.world}\n${id}`;
      if (!this.late.has(lateId)) this.late.set(lateId, decision);
      return;
    }
    let decisions = this.pending.get(decision.world);
    if (!decisions) this.pending.set(decision.world, (decisions = new Map()));
    if (!decisions.has(id)) decisions.set(id, decision);
  }

  /** Makes the decisions again whose world this is. */
  private check(): void {
    const decisions = this.pending.get(this.world.revision);
    if (!decisions) return;
    this.pending.delete(this.world.revision);
    for (const decision of decisions.values()) {
      const controller = this.controllers.get(decision.controller);
      if (!controller) this.unknown++;
      else this.compare(controller, decision);
    }
  }

  private compare(controller: Controller, decision: PendingDecision): void {
    this.checked++;
    const { key, now, facts, commands: expected, revision, world } = decision;
    const { commands, error } = this.decide(controller, decision, facts);
    const got = digestsOf(commands, this.sha256);
    if (!error && got.length === expected.length && got.every((digest, i) => digest === expected[i])) return;
    this.divergences.push({
      revision,
      controller: controller.name,
      key,
      world,
      now,
      expected,
      got,
      commands,
      ...(error !== undefined && { error }),
    });
  }

  private decide(
    controller: Controller,
    { key, now }: PendingDecision,
    facts: unknown,
  ): { commands: readonly SentCommand[]; error?: string } {
    try {
      return { commands: sentCommands(decideOn(controller, key, this.world, new Date(now), facts)) };
    } catch (error) {
      return { commands: [], error: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Replays a history that fits in memory, e.g. that of a simulation. Empty when today's code decides as then. */
export function replay(
  controllers: readonly Controller[],
  history: readonly ReplayEntry[],
  options: ReplayOptions = {},
): readonly Divergence[] {
  const run = new Replay(controllers, { window: history.length, ...options });
  for (const entry of history) run.add(entry);
  return run.finish().divergences;
}
