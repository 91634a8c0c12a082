/** Who wrote: as authenticated, plus where the request came from. */
export interface Actor {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly userAgent?: string;
  readonly address?: string;
  /** Set when the user acted for somebody else: the one who really asked. */
  readonly impersonatedBy?: string;
}

/** The request that made the entry. `command` and `session` are kubectl's Kubectl-Command and Kubectl-Session headers. */
export interface RequestInfo {
  readonly id: string;
  readonly verb: string;
  readonly subresource?: string;
  readonly fieldManager?: string;
  readonly command?: string;
  readonly session?: string;
}

/** For a controller's write: everything needed to make the same decision again. */
export interface DecisionInfo {
  readonly controller: string;
  /** Version of the code that decided. */
  readonly version: string;
  readonly key: string;
  /** Revision of the world that the decision was made with. */
  readonly world: number;
  /** The time the decision was given, RFC 3339 with milliseconds. */
  readonly now: string;
  /** Which of the decision's commands wrote this entry. */
  readonly index: number;
  /** Digest of each command of the decision, in order (16 hex digits of SHA-256 over its canonical JSON). */
  readonly commands: readonly string[];
  /** What `gather` returned, when the controller gathers. */
  readonly facts?: unknown;
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** An entry as its writer hands it over. `object` is the exact JSON text, with `metadata.resourceVersion` already set to `revision`. */
export interface NewEvent {
  readonly revision: number;
  readonly type: ChangeType;
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The whole object after the change (for DELETED the last there was); secret material already encrypted. */
  readonly object: string;
  /**
   * The bytes of `object`, when who hands it over has them: it is not encoded again to be hashed, stored and sent on (5 of 45 µs for 1 kB).
   */
  readonly bytes?: Buffer;
  readonly actor: Actor;
  readonly request: RequestInfo;
  /** Revisions that woke the decision which wrote this; empty for a user's request. */
  readonly cause: readonly number[];
  readonly decision?: DecisionInfo;
  /** W3C traceparent. */
  readonly trace?: string;
}

/** An entry as it stands in the log. */
export interface LogEvent extends NewEvent {
  /** The log's clock at append, RFC 3339 with milliseconds, UTC. Never goes backwards. */
  readonly at: string;
  /** Lower-case hex SHA-256 over the previous entry's hash and this entry's canonical row. */
  readonly hash: string;
}

/** Where the log ends. */
export interface Head {
  /** 0 when the log is empty. */
  readonly revision: number;
  /** 64 zeros when the log is empty. */
  readonly hash: string;
  /** RFC 3339; the epoch when the log is empty. */
  readonly at: string;
}

/** Which entries to read: those that pass everything that is given. */
export interface ReadRange {
  /** Entries with a greater revision. Default 0. */
  readonly after?: number;
  /** Entries up to and including this revision. Default: the head. */
  readonly upTo?: number;
  readonly limit?: number;
  /** Only entries of these resources. */
  readonly resources?: readonly string[];
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  /** Only entries by this user name. */
  readonly user?: string;
  readonly verb?: string;
  /** Only entries of requests with this Kubectl-Session, or this Kubectl-Command. */
  readonly session?: string;
  readonly command?: string;
  /** RFC 3339 bounds on `at`, inclusive. */
  readonly since?: string;
  readonly until?: string;
  /** Newest first. Default false. */
  readonly descending?: boolean;
}

/** An entry without what it wrote: for questions about which objects changed, and what caused what. */
export type Outline = Pick<LogEvent, 'revision' | 'type' | 'resource' | 'namespace' | 'name' | 'uid' | 'cause'>;

/** An object as it was at some revision. */
export interface Living extends Pick<LogEvent, 'resource' | 'namespace' | 'name' | 'object'> {
  /** Of its last entry until then. */
  readonly revision: number;
  /** The same as `object`, where it is at hand: not to be changed. */
  readonly bytes?: Uint8Array;
}

/** The live entries at `revision`: a fold may start here instead of at 0. */
export interface Checkpoint {
  readonly revision: number;
  /** Revision of the last entry of every object that existed then, ascending. */
  readonly live: readonly number[];
  /** Of each its resource. Without them a list of one kind looks at all that lived. `checkpointBefore` leaves them out. */
  readonly resources?: readonly string[];
}

/** Another writer has moved the head: catch up from the log and decide again. */
export class HeadMoved extends Error {
  constructor(readonly expected: number) {
    super(`the log's head is no longer at revision ${expected}`);
    this.name = 'HeadMoved';
  }
}

/** The log stayed away: whether the entries were appended is not known. The next append finds out. */
export class AppendUnknown extends Error {
  constructor(cause: Error) {
    super(`the log stayed away, so whether the entries were appended is not known: ${cause.message}`, { cause });
    this.name = 'AppendUnknown';
  }
}

/** The log stayed away while it was to be read. It comes back: ask again later. */
export class LogUnavailable extends Error {
  constructor(cause: Error) {
    super(`the log cannot be reached: ${cause.message}`, { cause });
    this.name = 'LogUnavailable';
  }
}

/**
 * The ordered log: the only truth. One row per change of one object; revisions are contiguous and commit in order.
 * PostgreSQL and memory implement it; log.contract.ts is the suite both pass.
 */
export interface EventLog {
  head(): Promise<Head>;

  /**
   * Appends all events or none, in one transaction, and returns the new head once they are durable.
   * `events[i].revision` must be `expectedHead + 1 + i`.
   * @throws HeadMoved when the log's head is not at `expectedHead`, AppendUnknown when the log stays away for ten seconds.
   */
  append(expectedHead: number, events: readonly NewEvent[]): Promise<Head>;

  /** Entries in revision order, read in pages so that any range fits in memory. */
  read(range?: ReadRange): AsyncIterable<readonly LogEvent[]>;

  /** The entries with exactly these revisions, in revision order; those of `resources` only, when given. */
  readRevisions(revisions: readonly number[], resources?: readonly string[]): AsyncIterable<readonly LogEvent[]>;

  /** As `read` in revision order, but only the outlines: a tenth of the time where many entries are looked at and few are wanted. */
  outline(range?: Omit<ReadRange, 'limit' | 'descending'>): AsyncIterable<readonly Outline[]>;

  /** Every object that lived at `revision`, of these resources when given, in the order of their last entries until then. */
  livingAt(revision: number, resources?: readonly string[]): AsyncIterable<readonly Living[]>;

  event(revision: number): Promise<LogEvent | undefined>;

  /** The last entry of this object at or before `revision`; it may be a DELETED one. */
  objectAt(resource: string, namespace: string, name: string, revision: number): Promise<LogEvent | undefined>;

  /**
   * The entry that stood before each of these about the same object, by the revision of the one given; asked for all of them at once. It
   * may be a DELETED one.
   */
  previousOf(entries: readonly Pick<LogEvent, 'resource' | 'namespace' | 'name' | 'revision'>[]): Promise<ReadonlyMap<number, LogEvent>>;

  /** The last revision whose `at` is not after `time`; 0 when there is none. */
  revisionAt(time: Date): Promise<number>;

  /** All entries after `after`, as they are committed, in order, until `signal` aborts. */
  follow(after: number, signal: AbortSignal): AsyncIterable<readonly LogEvent[]>;

  saveCheckpoint(checkpoint: Checkpoint): Promise<void>;
  /** The newest checkpoint at or before `revision`. */
  checkpointBefore(revision: number): Promise<Checkpoint | undefined>;

  close(): Promise<void>;
}
