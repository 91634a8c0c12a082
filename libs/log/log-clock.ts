/** Wall time and time that only counts on, both in milliseconds; tests give their own. */
export interface Clocks {
  /** Default `Date.now`. */
  readonly wall: () => number;
  /** Default `performance.now`. */
  readonly counting: () => number;
}

/** While it is ahead of the wall clock it runs slower by this share: as fast as chrony lets a clock be put right without a step. */
const SLOWER = 1 / 12;

/** Whoever was wrong by more had a wrong date: that is put right at once, at the price of waiting for what was stored meanwhile. */
const MOST_MS = 24 * 3_600_000;

/**
 * The time by which objects are written and waited for: the machine's, but for one thing. It is never set back, neither with the machine's
 * clock nor behind what the log says has happened; it goes on, a little slower, until the machine's clock has caught up. So no start time,
 * heartbeat or deadline that was ever stored lies in the future, and nobody waits an hour for it. Forward it follows at once.
 */
export class LogClock {
  private last = -Infinity;
  private counted: number;

  constructor(private readonly clocks: Clocks = { wall: () => Date.now(), counting: () => performance.now() }) {
    this.counted = clocks.counting();
  }

  /** Milliseconds since 1970, whole. */
  now(): number {
    const [wall, counted] = [this.clocks.wall(), this.clocks.counting()];
    const ahead = this.last + (counted - this.counted) * (1 - SLOWER) - wall;
    this.last = ahead > 0 && ahead < MOST_MS ? wall + ahead : wall;
    this.counted = counted;
    return Math.floor(this.last);
  }

  date(): Date {
    return new Date(this.now());
  }

  /** It has been so late already, an entry of the log says; ISO 8601. Anything else is passed over. */
  notBefore(at: string): void {
    const time = Date.parse(at);
    const now = this.now();
    if (time > now && time < this.clocks.wall() + MOST_MS) this.last = time;
  }
}

/** That of this process. */
export const logClock = new LogClock();
