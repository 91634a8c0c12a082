/** What the witness knows for certain; whoever asks is told. */
export interface Verdict {
  /** Whose PostgreSQL may be the primary. Undefined: nobody's has ever been. */
  readonly leader?: string;
  /** The standby that has everything that was ever acknowledged. Undefined: there is none, and nobody may take over. */
  readonly standby?: string;
  /** The leader's PostgreSQL has died, and he will not start it again before he has asked. */
  readonly released: boolean;
  /** Counts the leaders. */
  readonly term: number;
}

/** What a keeper asks. */
export type Question =
  | { readonly do: 'look' }
  /** I lead, or would like to be the first: promise that nobody takes over for a while. */
  | { readonly do: 'lead'; readonly name: string }
  /** I lead: this standby has everything from now on; or nobody has. */
  | { readonly do: 'trust'; readonly name: string; readonly standby?: string }
  /** I lead, and my PostgreSQL died. */
  | { readonly do: 'release'; readonly name: string }
  /** I lead, mine died, and nobody has taken over: I go on, alone. */
  | { readonly do: 'reclaim'; readonly name: string }
  /** I am the standby, and have heard nothing of the leader for as long as I promised him. */
  | { readonly do: 'take'; readonly name: string };

/** A promise holds so long from when it was given. A leader counts from when he asked, and stops a little earlier. */
export const PROMISE_MS = 2_500;

const NOTHING: Verdict = { released: false, term: 0 };

/**
 * The third of three: it says who leads, and there is no other way to become the leader. What it says is kept before it is said.
 * Leading needs a fresh promise of one of the other two (the witness, or the standby), taking over needs both promises to be over: so
 * there are never two who may write, whatever dies or is cut off.
 */
export class Witness {
  private verdict: Verdict;
  private promised: number;

  /** `now` in milliseconds of a clock that is never set. After a start nobody knows what was promised before: it is waited for. */
  constructor(
    kept: Verdict | undefined,
    private readonly keep: (verdict: Verdict) => void,
    private readonly now: () => number,
  ) {
    this.verdict = kept ?? NOTHING;
    this.promised = now() + PROMISE_MS;
  }

  answer(question: Question): Verdict {
    switch (question.do) {
      case 'look':
        break;
      case 'lead':
        this.lead(question.name);
        break;
      case 'trust':
        if (this.leads(question.name) && !this.verdict.released) this.decide({ ...this.verdict, standby: question.standby });
        break;
      case 'release':
        if (this.leads(question.name)) this.decide({ ...this.verdict, released: true });
        break;
      case 'reclaim':
        if (this.leads(question.name)) this.decide({ ...this.verdict, released: false, standby: undefined });
        break;
      case 'take':
        this.take(question.name);
        break;
    }
    return this.verdict;
  }

  private leads(name: string): boolean {
    return this.verdict.leader === name;
  }

  private lead(name: string): void {
    if (this.verdict.leader === undefined) this.decide({ leader: name, released: false, term: 1 });
    if (this.leads(name) && !this.verdict.released) this.promised = this.now() + PROMISE_MS;
  }

  private take(name: string): void {
    if (this.verdict.standby !== name) return;
    if (!this.verdict.released && this.now() < this.promised) return;
    this.decide({ leader: name, released: false, term: this.verdict.term + 1 });
    this.promised = this.now() + PROMISE_MS;
  }

  private decide(verdict: Verdict): void {
    if (JSON.stringify(verdict) === JSON.stringify(this.verdict)) return;
    this.keep(verdict);
    this.verdict = verdict;
  }
}
