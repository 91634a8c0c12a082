import { createHash } from 'node:crypto';
import type { Head, NewEvent } from './log';

/** The hash before the first entry: 64 zeros. */
export const ZERO_HASH = '0'.repeat(64);

/** The head of a log without entries. */
export const EMPTY_HEAD: Head = { revision: 0, hash: ZERO_HASH, at: '1970-01-01T00:00:00.000Z' };

/**
 * One row as the table holds it, every column in its text form. These texts, not the values behind them, are what is hashed:
 * a reader needs the table alone, in any language, and no JSON library whose output would have to agree with ours.
 */
export interface Row {
  readonly revision: number;
  /** `2026-01-31T12:00:00.123Z` */
  readonly at: string;
  readonly type: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The exact text of the json columns. */
  readonly object: string;
  readonly actor: string;
  readonly request: string;
  /** PostgreSQL's text of a bigint[]: `{}`, `{17,18}`. */
  readonly cause: string;
  readonly decision: string | null;
  readonly trace: string | null;
}

/** The row that `event` becomes when it is appended at `at`. */
export function rowOf(event: NewEvent, at: string): Row {
  return {
    revision: event.revision,
    at,
    type: event.type,
    resource: event.resource,
    namespace: event.namespace,
    name: event.name,
    uid: event.uid,
    object: event.object,
    actor: JSON.stringify(event.actor),
    request: JSON.stringify(event.request),
    cause: `{${event.cause.join(',')}}`,
    decision: event.decision ? JSON.stringify(event.decision) : null,
    trace: event.trace ?? null,
  };
}

/**
 * hash(n) = SHA-256( the 32 bytes of hash(n-1) ‖ canonical row n ).
 *
 * The canonical row is the columns revision, at, type, resource, namespace, name, uid, object, actor, request, cause, decision,
 * trace, in this order, each as `<length in UTF-8 bytes>:<text>,` (a netstring), and `-,` for NULL. Lengths in front make it
 * unambiguous whatever the texts contain. README.md has the same in SQL and shell.
 * @param previous lower-case hex
 * @param object the row's, as text or as its bytes: whatever is at hand
 * @returns lower-case hex
 */
export function chainHash(previous: string, row: Row, object: string | Uint8Array = row.object): string {
  const { at, type, resource, namespace, name, uid, actor, request, cause, decision, trace } = row;
  const meta =
    netstring(String(row.revision)) +
    netstring(at) +
    netstring(type) +
    netstring(resource) +
    netstring(namespace) +
    netstring(name) +
    netstring(uid);
  const rest = netstring(actor) + netstring(request) + netstring(cause) + netstring(decision) + netstring(trace);
  return createHash('sha256')
    .update(previous, 'hex')
    .update(`${meta}${Buffer.byteLength(object)}:`)
    .update(object)
    .update(`,${rest}`)
    .digest('hex');
}

const netstring = (text: string | null): string => (text === null ? '-,' : `${Buffer.byteLength(text)}:${text},`);
