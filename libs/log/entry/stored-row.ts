import { decodeCause } from './cause';
import type { Row } from '#lib/log/hash';
import type { Actor, ChangeType, DecisionInfo, Head, LogEvent, Outline, RequestInfo } from '#lib/log/log';

/** A row with the hash that stands beside it, as `verifyChain` reads it. */
export interface HashedRow extends Row {
  readonly hash: string;
}

/** What the driver hands over for a row of queries.ts: every column as text, in that order. */
export type RawRow = readonly (string | null)[];

/** Gives every value as the text the server sent: JSON must keep its bytes, and numbers are converted where they are needed. */
export const AS_TEXT = { getTypeParser: () => (value: string) => value };

/** The row as an entry: its JSON columns parsed, all but the object. @throws Error when its parts are missing */
export function toEvent(row: HashedRow): LogEvent {
  if (row.object === '') throw new Error(`entry ${row.revision} is damaged: see \`decklog verify\``);
  const { decision, trace } = row;
  return {
    revision: row.revision,
    type: row.type as ChangeType,
    resource: row.resource,
    namespace: row.namespace,
    name: row.name,
    uid: row.uid,
    object: row.object,
    actor: toActor(row.actor),
    request: JSON.parse(row.request) as RequestInfo,
    cause: toCause(row.cause),
    ...(decision !== null && { decision: JSON.parse(decision) as DecisionInfo }),
    ...(trace !== null && { trace }),
    at: row.at,
    hash: row.hash,
  };
}

/** Of `outlinePage`. */
export function toOutline(raw: RawRow): Outline {
  const [revision, type, resource, namespace, name, uid, cause] = raw;
  const text = (value: string | null | undefined): string => value ?? '';
  return {
    revision: Number(revision),
    type: typeOf(text(type)),
    resource: text(resource),
    namespace: text(namespace),
    name: text(name),
    uid: text(uid),
    cause: cause ? decodeCause(Number(revision), Buffer.from(toHex(cause), 'hex')) : [],
  };
}

const TYPES: Readonly<Record<string, ChangeType>> = { A: 'ADDED', M: 'MODIFIED', D: 'DELETED' };

/** `A` → `ADDED` */
export const typeOf = (letter: string): ChangeType => TYPES[letter] as ChangeType;

const toCause = (text: string): number[] => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number));

/** Of `HEAD`. */
export function toHead([revision, hash, at]: RawRow): Head {
  return { revision: Number(revision), hash: toHex(hash as string), at: toAt(at as string) };
}

/** `\x00ff` → `00ff` */
export const toHex = (bytea: string): string => bytea.slice(2);

/** Whole milliseconds as we write them; anything finer is left to be seen. */
export const toAt = (text: string): string => (text.endsWith('000') ? `${text.slice(0, -3)}Z` : `${text}Z`);

const MAX_ACTORS = 1_000;
const actors = new Map<string, Actor>();

/** A few actors write everything: each is parsed once and shared. */
function toActor(text: string): Actor {
  let actor = actors.get(text);
  if (!actor) {
    if (actors.size >= MAX_ACTORS) actors.clear();
    actors.set(text, (actor = Object.freeze(JSON.parse(text) as Actor)));
  }
  return actor;
}
