import type { ReadRange } from './log';

/** A statement with its name: PostgreSQL keeps its plan under that name on each connection, and its statistics show it. */
export interface NamedQuery {
  readonly name: string;
  readonly text: string;
}

/** A statement with its parameters. */
export interface BoundQuery extends NamedQuery {
  readonly values: readonly unknown[];
}

/** NOTIFY channel: rung once per append, with the new head's revision. */
export const CHANNEL = 'decklog_log';

/** Microseconds, so that a tampered fraction shows; entries have whole milliseconds. */
const AT = `to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`;
const ROW = `revision, ${AT}, type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash`;

/**
 * The whole append: one statement, so one round trip and one transaction. It changes nothing, and answers no row, unless the head is
 * where the writer believes; a second writer waits on the head's row until the first has committed, and then finds it moved.
 * $1 expected revision, $2 expected hash, $3 new hash, $4 at, $5… one array per column.
 */
export const APPEND: NamedQuery = {
  name: 'append',
  text: `
    WITH moved AS (
      UPDATE head SET revision = $1::bigint + cardinality($5::text[]), hash = $3::bytea, at = $4::timestamptz
      WHERE revision = $1::bigint AND hash = $2::bytea
      RETURNING revision
    ), written AS (
      INSERT INTO event (revision, at, type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash)
      SELECT $1::bigint + n, $4::timestamptz, type, resource, namespace, name, uid,
             object::json, actor::json, request::json, cause::bigint[], decision::json, trace, hash
      FROM moved, unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                         $13::text[], $14::text[], $15::text[], $16::bytea[])
           WITH ORDINALITY AS row (type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash, n)
    )
    SELECT pg_notify('${CHANNEL}', revision::text) FROM moved`,
};

/** The head row. */
export const HEAD: NamedQuery = { name: 'head', text: `SELECT revision, hash, ${AT} FROM head` };

/**
 * The head row, from a server that was the primary when it answered: the empty message it writes is committed like an append, which a
 * primary whose standby has taken over never gets done.
 */
export const CERTAIN_HEAD: NamedQuery = {
  name: 'certain_head',
  text: `SELECT revision, hash, ${AT} FROM head, pg_logical_emit_message(true, 'decklog', '')`,
};

/** $1 revision. */
export const HASH_OF: NamedQuery = { name: 'hash_of', text: 'SELECT hash FROM event WHERE revision = $1' };

/** $1 revision. */
export const EVENT: NamedQuery = { name: 'event', text: `SELECT ${ROW} FROM event WHERE revision = $1` };

/** $1 the revisions. */
export const REVISIONS: NamedQuery = {
  name: 'revisions',
  text: `SELECT ${ROW} FROM event WHERE revision = ANY($1::bigint[]) ORDER BY revision`,
};

/** $1 the revisions, $2 the resources. */
export const REVISIONS_OF: NamedQuery = {
  name: 'revisions_of',
  text: `SELECT ${ROW} FROM event WHERE revision = ANY($1::bigint[]) AND resource = ANY($2::text[]) ORDER BY revision`,
};

/** The last entry of an object at or before a revision: one look-up in event_object_idx per partition. $1 resource, $2 namespace, $3 name, $4 revision. */
export const OBJECT_AT: NamedQuery = {
  name: 'object_at',
  text: `SELECT ${ROW} FROM event WHERE resource = $1 AND namespace = $2 AND name = $3 AND revision <= $4 ORDER BY revision DESC LIMIT 1`,
};

/**
 * `at` rises with the revision, so a binary search over the primary key finds a time in about twenty look-ups, without an index
 * that every append would pay for. Where retention has removed entries, the next older one answers for them.
 */
export const REVISION_AT: NamedQuery = {
  name: 'revision_at',
  text: `
    WITH RECURSIVE search (low, high) AS (
      SELECT 0::bigint, revision FROM head
      UNION ALL
      SELECT CASE WHEN late THEN low ELSE middle END, CASE WHEN late THEN middle - 1 ELSE high END
      FROM search
      CROSS JOIN LATERAL (SELECT (low + high + 1) / 2) AS half (middle)
      CROSS JOIN LATERAL (
        SELECT coalesce((SELECT at > $1::timestamptz FROM event WHERE revision <= middle ORDER BY revision DESC LIMIT 1), false)
      ) AS probe (late)
      WHERE low < high
    )
    SELECT low FROM search WHERE low = high`,
};

/** $1 revision, $2 as delta.ts encodes it. */
export const SAVE_CHECKPOINT: NamedQuery = {
  name: 'save_checkpoint',
  text: 'INSERT INTO checkpoint (revision, live) VALUES ($1, $2) ON CONFLICT (revision) DO UPDATE SET live = excluded.live',
};

/** $1 revision. */
export const CHECKPOINT_BEFORE: NamedQuery = {
  name: 'checkpoint_before',
  text: 'SELECT revision, live FROM checkpoint WHERE revision <= $1 ORDER BY revision DESC LIMIT 1',
};

/** Makes the partitions that are missing up to $1. */
export const PARTITIONS: NamedQuery = { name: 'partitions', text: 'SELECT event_partitions($1)' };

/** $1 uid. */
export const FIND_KEY: NamedQuery = { name: 'find_key', text: 'SELECT wrapped FROM object_key WHERE uid = $1' };

/** Answers the key that stands in the end: of two writers who make one for the same object, the first wins. */
export const ADD_KEY: NamedQuery = {
  name: 'add_key',
  text: `
    INSERT INTO object_key (uid, resource, namespace, name, wrapped) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (uid) DO UPDATE SET uid = excluded.uid
    RETURNING wrapped`,
};

/** $1 resource, $2 namespace, $3 name. */
export const SHRED_KEYS: NamedQuery = {
  name: 'shred_keys',
  text: 'DELETE FROM object_key WHERE resource = $1 AND namespace = $2 AND name = $3 RETURNING uid',
};

/** The filters of a ReadRange that are not bounds, with the SQL for each; the name of a statement is made of those that are used. */
const FILTERS: readonly { readonly key: keyof ReadRange; readonly sql: (parameter: string) => string }[] = [
  { key: 'resources', sql: (p) => `resource = ANY(${p}::text[])` },
  { key: 'namespace', sql: (p) => `namespace = ${p}` },
  { key: 'name', sql: (p) => `name = ${p}` },
  { key: 'uid', sql: (p) => `uid = ${p}` },
  { key: 'user', sql: (p) => `actor ->> 'user' = ${p}` },
  { key: 'verb', sql: (p) => `request ->> 'verb' = ${p}` },
  { key: 'session', sql: (p) => `request ->> 'session' = ${p}` },
  // kubectl tells its session with its command, and the index on sessions leaves out everything that is not kubectl's
  { key: 'command', sql: (p) => `request ->> 'session' IS NOT NULL AND request ->> 'command' = ${p}` },
];

/** One page of a read: the entries in (after, upTo] that pass the filters, at most `limit`. */
export const readPage = (range: ReadRange, after: number, upTo: number, limit: number): BoundQuery => page('read', ROW, range, after, upTo, limit);

/** As `readPage`, but the columns of an Outline. */
export const outlinePage = (range: ReadRange, after: number, upTo: number, limit: number): BoundQuery =>
  page('outline', 'revision, type, resource, namespace, name, uid, cause', range, after, upTo, limit);

function page(name: string, columns: string, range: ReadRange, after: number, upTo: number, limit: number): BoundQuery {
  const values: unknown[] = [after, upTo, limit];
  const used = FILTERS.filter(({ key }) => range[key] !== undefined);
  const conditions = used.map(({ key, sql }) => sql(`$${values.push(range[key])}`));
  // One resource is the usual case, and only with `=` the index on objects gives its rows in order.
  const [only, ...others] = range.resources ?? [];
  const single = only !== undefined && others.length === 0;
  if (single) {
    values[3] = only;
    conditions[0] = 'resource = $4';
  }
  const revision = keyOf(range);
  const where = [`${revision} > $1`, `${revision} <= $2`, ...conditions].join(' AND ');
  return {
    name: [name, range.descending ? 'back' : 'on', ...used.map(({ key }) => (key === 'resources' && single ? 'resource' : key))].join('_'),
    text: `SELECT ${columns} FROM event WHERE ${where} ORDER BY ${revision} ${range.descending ? 'DESC' : 'ASC'} LIMIT $3`,
    values,
  };
}

/**
 * What few entries have is found by its own index and then sorted. The planner would rather walk the primary key until the page is full,
 * which for three entries is the whole table: 2,200 ms instead of 1 in a log of a million. An expression is no key, so it cannot.
 */
const keyOf = ({ session, uid, name }: ReadRange): string =>
  session !== undefined || (uid !== undefined && name === undefined) ? 'revision + 0' : 'revision';
