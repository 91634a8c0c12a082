import type { LogEvent } from '#lib/log/log';

/** Entries that are kept at least, if they are not large: at 10,000 events/s a follower may be 0.4 s late and still needs no database. */
const KEPT_ENTRIES = 4_096;

/** Characters of objects that are kept at most, about. */
const KEPT_CHARS = 16 * 1024 * 1024;

/** The newest entries that this process appended itself, without a hole: who follows the log here need not read them back. */
export class Tail {
  private entries: LogEvent[] = [];
  private chars = 0;

  /** The newest entry's revision; 0 when there is none. */
  get last(): number {
    return this.entries.at(-1)?.revision ?? 0;
  }

  /** Takes entries that are committed. When somebody else wrote between these and the last ones, those are forgotten. */
  add(events: readonly LogEvent[]): void {
    if (events[0]?.revision !== this.last + 1) [this.entries, this.chars] = [[], 0];
    for (const event of events) {
      this.entries.push(event);
      this.chars += event.object.length;
    }
    // Twice as many before any are dropped, so that dropping costs next to nothing.
    if (this.entries.length > 2 * KEPT_ENTRIES || this.chars > KEPT_CHARS) this.dropOldest();
  }

  /** At most `limit` entries after `revision`; none when there is nothing newer, or when what comes next is not held. */
  after(revision: number, limit: number): readonly LogEvent[] {
    const first = this.entries[0]?.revision;
    const start = first === undefined ? -1 : revision + 1 - first;
    return start < 0 ? [] : this.entries.slice(start, start + limit);
  }

  private dropOldest(): void {
    let start = Math.max(0, this.entries.length - KEPT_ENTRIES);
    this.chars = 0;
    for (let i = this.entries.length - 1; i >= start; i--) {
      this.chars += (this.entries[i] as LogEvent).object.length;
      if (this.chars > KEPT_CHARS / 2) start = i;
    }
    this.entries = this.entries.slice(start);
  }
}
