/** What travels on the bus for one log entry: enough to fold it into a world. Every entry of the log is one. */
export interface LogMessage {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly at: string;
  /** The object's exact JSON text. Absent when it was too large for a message: read the entry from the log. */
  readonly object?: string;
  /** The bytes of `object`, when the sender has them. They do not travel beside it. */
  readonly bytes?: Buffer;
  /** W3C traceparent of whoever wrote it, if there was one. */
  readonly trace?: string;
  /** What the kind says of the object's way, for who has the object at hand anyway. It does not travel; without it the text is parsed. */
  readonly route?: string;
}

/** Which entries a subscriber wants: those of one resource, and of that only one route (for pods: one node). */
export interface LogFilter {
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  /** Default: all routes. */
  readonly route?: string;
}

/** What a subscriber is told. Neither function may throw. */
export interface LogListener {
  /** Entries in the order they were published; what came in one read from the network comes in one call. */
  onMessages(batch: readonly LogMessage[]): void;
  /** Messages may have been lost, or the bus was away: what happened since must be read from the log. */
  onBreak?(): void;
}

/** A subscription or an answerer that can be ended. */
export interface Closable {
  close(): Promise<void>;
}

/** Answers requests; what it returns is sent as JSON, what it throws reaches the asker as `RequestRefused`. */
export type Answer = (request: unknown) => unknown;

/**
 * Nobody answers on that subject, or not in time, or the bus is away. Whether the request was carried out is unknown, except when
 * `undelivered`. `interrupted`: the bus broke while the answer was on its way; it comes back by itself, so asking again makes sense.
 */
export class NoAnswer extends Error {
  constructor(
    readonly subject: string,
    why: string,
    readonly undelivered: boolean,
    readonly interrupted = false,
  ) {
    super(`no answer on ${subject}: ${why}`);
    this.name = 'NoAnswer';
  }
}

/** The answerer threw. */
export class RequestRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RequestRefused';
  }
}

/**
 * Carries the log's entries to everybody who follows it, and commands to the API servers. It owns nothing: whoever needs
 * certainty joins it with the log (libs/runtime/follow.ts). JetStream and memory implement it; bus.contract.ts is the suite both pass.
 */
export interface Bus {
  /** Resolves when all of them are stored, in this order. An entry that was published before is dropped. Retries until `close`. */
  publish(entries: readonly LogMessage[]): Promise<void>;

  /** The newest revision on the bus; 0 when it is empty, also because everything has aged. */
  lastRevision(): Promise<number>;

  /** Entries published from now on that match one of `filters` (default: all of them). Ready when it resolves. */
  subscribe(listener: LogListener, filters?: readonly LogFilter[]): Promise<Closable>;

  /**
   * Asks one of those who answer on `subject`.
   * @param timeoutMs Default 30,000.
   * @throws NoAnswer, RequestRefused
   */
  request<A>(subject: string, request: unknown, timeoutMs?: number): Promise<A>;

  /** Answers on `subject`. Of all answerers of one `queue` each request reaches one. */
  answer(subject: string, queue: string, answer: Answer): Promise<Closable>;

  close(): Promise<void>;
}
