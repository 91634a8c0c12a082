import type { Change } from '#lib/reconcile/world';

/** Changes of one kind that are handed on together, in the order of the log, and what a group of watchers is told of them. */
export class Batch {
  private joined: Buffer | undefined;

  constructor(
    /** At least one. */
    readonly changes: readonly Change[],
    private readonly tell: (change: Change) => Buffer | undefined,
  ) {}

  get first(): number {
    return (this.changes[0] as Change).revision;
  }

  get last(): number {
    return (this.changes[this.changes.length - 1] as Change).revision;
  }

  /** Whether any of it is for them. True when that cannot be said: then each of them finds out, and ends. */
  get concerns(): boolean {
    try {
      return this.bytes.length > 0;
    } catch {
      return true;
    }
  }

  /** What a watcher is told that has been told nothing of it yet: made once for all of the group. Empty when none of it concerns them. */
  get bytes(): Buffer {
    if (this.joined) return this.joined;
    const told: Buffer[] = [];
    for (const change of this.changes) {
      const line = this.tell(change);
      if (line) told.push(line);
    }
    return (this.joined = told.length === 1 ? (told[0] as Buffer) : Buffer.concat(told));
  }
}

/** One watch, as the hub sees it. */
export interface Watcher {
  /** `batch` may have changes that it has been told already. Must not throw. */
  take(batch: Batch): void;
}

/** Watchers that are told the same in the same form. */
export class WatchGroup {
  readonly members = new Set<Watcher>();

  constructor(
    /** The value of the field by which the changes that concern them are found, if there is one: see `Audience`. */
    readonly pin: string | undefined,
    private readonly tell: (change: Change) => Buffer | undefined,
  ) {}

  batch(changes: readonly Change[]): Batch {
    return new Batch(changes, this.tell);
  }
}
