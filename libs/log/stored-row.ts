import type { Row } from './hash';
import type { Actor, ChangeType, DecisionInfo, Head, LogEvent, Outline, RequestInfo } from './log';

/** A row with the hash that stands beside it, as `verifyChain` reads it. */
export interface HashedRow extends Row {
  readonly hash: string;
}

/** What the driver hands over for a row of queries.ts: every column as text, in that order. */
export type RawRow = readonly (string | null)[];

/** Gives every value as the text the server sent: JSON must keep its bytes, and numbers are converted where they are needed. */
export const AS_TEXT = { getTypeParser: () => (value: string) => value };

/** The columns by name, still as text. */
export function toHashedRow(raw: RawRow): HashedRow {
  const [revision, at, type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash] = raw as string[];
  return {
    revision: Number(revision),
    at: toAt(at as string),
    type: type as string,
    resource: resource as string,
    namespace: namespace as string,
    name: name as string,
    uid: uid as string,
    object: object as string,
    actor: actor as string,
    request: request as string,
    cause: cause as string,
    decision: decision ?? null,
    trace: trace ?? null,
    hash: toHex(hash as string),
  };
}

/** The row as an entry: its JSON columns parsed, all but the object. */
export function toEvent(row: HashedRow): LogEvent {
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
  const [revision, type, resource, namespace, name, uid, cause] = raw as string[];
  return {
    revision: Number(revision),
    type: type as ChangeType,
    resource: resource as string,
    namespace: namespace as string,
    name: name as string,
    uid: uid as string,
    cause: toCause(cause as string),
  };
}

const toCause = (text: string): number[] => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number));

/** Of `HEAD`. */
export function toHead([revision, hash, at]: RawRow): Head {
  return { revision: Number(revision), hash: toHex(hash as string), at: toAt(at as string) };
}

/** `\x00ff` → `00ff` */
const toHex = (bytea: string): string => bytea.slice(2);

/** Whole milliseconds as we write them; anything finer is left to be seen. */
const toAt = (text: string): string => (text.endsWith('000') ? `${text.slice(0, -3)}Z` : `${text}Z`);

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
