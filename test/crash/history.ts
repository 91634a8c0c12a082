/** What a client does. `get` and `list` are reads that must not be stale. */
export type Verb = 'create' | 'update' | 'patch' | 'delete' | 'get' | 'list';

/**
 * What a client knows of a request: it was carried out; it was refused, because of what the object was (`absent`, `present`, `moved`) or
 * because the server could not (`undone`: it says that nothing was done); or nobody knows (`unknown`).
 */
export type Outcome = 'ok' | 'absent' | 'present' | 'moved' | 'undone' | 'unknown';

/** One item of an answer. */
export interface Observed {
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly value: string;
}

/** One request of one client, and what came of it. Times are milliseconds of one clock. */
export interface Operation {
  /** The audit id it was sent with: the log names it in what the request wrote. */
  readonly id: string;
  readonly verb: Verb;
  /** Which of the API servers was asked. */
  readonly server?: number;
  /** '' for a list. */
  readonly name: string;
  readonly invoked: number;
  /** Infinity when there was no answer: it may still be carried out. */
  returned: number;
  outcome: Outcome;
  /** Its precondition: the resourceVersion that the object must have. */
  readonly expected?: number;
  /** Of a write that was carried out (0 for a delete, whose answer has none); of a list: the revision it shows. */
  revision?: number;
  uid?: string;
  /** What a read found. */
  found?: readonly Observed[];
  /** For people: code and message of a refusal. */
  why?: string;
}

/** One entry of the log, as it stands in the table. */
export interface LogRow {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly name: string;
  readonly uid: string;
  /** The audit id of the request that wrote it. */
  readonly id: string;
  /** `data.value` */
  readonly value: string;
}
