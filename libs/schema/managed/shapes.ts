/** A name, a key's value or a mark: what one shape differs from another by. */
export type Token = string | number | boolean | symbol;

/** So many steps of one collection are kept: some MB at the most. */
const MAX_STEPS = 40_000;

/** A shape that is longer than this, or that has a longer text in it, is not kept. */
const MAX_LENGTH = 2_000;
const MAX_TEXT = 256;

/** What has been seen after the same beginning. Nearly always that is one thing. */
class Step<T> {
  private token: Token | undefined;
  private next: Step<T> | undefined;
  private others: Map<Token, Step<T>> | undefined;
  value: T | undefined;

  /** The step behind this token; undefined where it was never taken. */
  behind(token: Token): Step<T> | undefined {
    return this.token === token ? this.next : this.others?.get(token);
  }

  add(token: Token): Step<T> {
    const step = new Step<T>();
    if (this.next === undefined) [this.token, this.next] = [token, step];
    else (this.others ??= new Map()).set(token, step);
    return step;
  }
}

/** Goes from token to token through what is known. */
export class Way<T = unknown> {
  /** Steps that are new. */
  made = 0;
  isLost = false;
  private length = 0;

  constructor(public at: Step<T>) {}

  go(token: Token): this {
    const known = this.at.behind(token);
    this.length++;
    if (known) this.at = known;
    else if (!this.isLost) this.leave(token);
    return this;
  }

  private leave(token: Token): void {
    if (this.length > MAX_LENGTH || (typeof token === 'string' && token.length > MAX_TEXT)) this.isLost = true;
    if (this.isLost) return;
    this.made++;
    this.at = this.at.add(token);
  }
}

/**
 * Values by shape: a tree of tokens, in which the way to a known shape compares pointers. (A text of a pod's shape as the key of a map cost
 * 30 µs.)
 */
export class Shapes<T> {
  private root = new Step<T>();
  private steps = 0;

  /** The value for the shape that `describe` goes through, made once for each. */
  of(describe: (way: Way<T>) => void, make: () => T): T {
    if (this.steps > MAX_STEPS) [this.root, this.steps] = [new Step<T>(), 0];
    const way = new Way(this.root);
    describe(way);
    this.steps += way.made;
    if (way.isLost) return make();
    const { at } = way;
    at.value ??= make();
    return at.value;
  }
}
