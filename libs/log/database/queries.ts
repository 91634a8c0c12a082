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

const COLUMNS = [
  'frame',
  'origin',
  'resource',
  'type',
  'hash',
  'request_id',
  'cause',
  'patch',
  'namespace',
  'name',
  'uid',
  'object',
  'decision',
  'trace',
];

/** What EntryDecoder takes. */
export const ENTRY_OF = `entry.revision, ${AT.replace('at AT', 'entry.at AT')}, ${COLUMNS.map((column) => `entry.${column}`).join(', ')}`;

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
export const HASH_OF: NamedQuery = { name: 'hash_of', text: 'SELECT hash FROM entry WHERE revision = $1' };

/** The entry and those that it builds on, from its frame on: the last row is the one. $1 revision. */
export const EVENT: NamedQuery = {
  name: 'event',
  text: `SELECT ${ENTRY_OF} FROM entry WHERE frame = (SELECT frame FROM entry WHERE revision = $1) AND revision <= $1 ORDER BY revision`,
};

/** These entries and those that they build on, in one answer. $1 the revisions. */
export const REVISIONS: NamedQuery = {
  name: 'revisions',
  text: `
    SELECT ${ENTRY_OF} FROM (
      SELECT frame, max(of) AS upto FROM unnest($1::bigint[]) AS wanted (of)
      CROSS JOIN LATERAL (SELECT frame FROM entry WHERE entry.revision = of OFFSET 0) AS entry GROUP BY frame
    ) AS wanted
    CROSS JOIN LATERAL (SELECT * FROM entry WHERE entry.frame = wanted.frame AND entry.revision >= wanted.frame AND entry.revision <= upto OFFSET 0) AS entry`,
};

/** $1 the revisions, $2 numbers of the resources. */
export const REVISIONS_OF: NamedQuery = {
  name: 'revisions_of',
  text: `SELECT ${ENTRY_OF} FROM entry WHERE revision = ANY($1::bigint[]) AND resource = ANY($2::smallint[]) ORDER BY revision`,
};

/** The parts that entries build on. $1 frames, $2 the last revision that is needed of each. */
export const CHAINS: NamedQuery = {
  name: 'chains',
  text: `
    SELECT ${ENTRY_OF} FROM unnest($1::bigint[], $2::bigint[]) AS wanted (of, upto)
    CROSS JOIN LATERAL (SELECT * FROM entry WHERE frame = of AND revision <= upto OFFSET 0) AS entry`,
};

/**
 * The last entry of an object at or before a revision, and those that it builds on: it belongs to the frame of the newest whole one until
 * then. $1 number of the resource, $2 namespace, $3 name, $4 revision.
 */
export const OBJECT_AT: NamedQuery = {
  name: 'object_at',
  text: `
    SELECT ${ENTRY_OF} FROM entry WHERE revision <= $4 AND frame = (
      SELECT frame FROM entry WHERE resource = $1::smallint AND namespace = $2 AND name = $3 AND revision <= $4 ORDER BY revision DESC LIMIT 1
    ) ORDER BY revision`,
};

/**
 * Of what lived at a checkpoint, what is followed by another frame until a revision: its frame, and its entry at the checkpoint. What is
 * created anew was deleted before, by an entry of its own. $1 revision of the checkpoint, $2 until, $3 numbers of the resources.
 */
export const FOLLOWED_SINCE: NamedQuery = {
  name: 'followed_since',
  text: followedSince('AND entry.resource = ANY($3::smallint[])'),
};

/** As `FOLLOWED_SINCE`, of all resources. */
export const ALL_FOLLOWED_SINCE: NamedQuery = { name: 'all_followed_since', text: followedSince('') };

function followedSince(filter: string): string {
  return `
    SELECT whole.frame, (SELECT max(revision) FROM entry AS before WHERE before.frame = whole.frame AND before.revision >= whole.frame AND before.revision <= $1)
    FROM entry CROSS JOIN LATERAL (
      SELECT frame FROM entry AS whole WHERE whole.resource = entry.resource AND whole.namespace = entry.namespace AND whole.name = entry.name
        AND whole.revision < entry.revision ORDER BY whole.revision DESC LIMIT 1
    ) AS whole
    WHERE entry.revision > $1 AND entry.revision <= $2 AND entry.name IS NOT NULL AND entry.type <> 'A' ${filter}`;
}

/**
 * As `OBJECT_AT`, of many objects, but only the revisions. $1 numbers of the resources, $2 namespaces, $3 names, $4 revisions: the entries
 * before those are wanted.
 */
export const PREVIOUS: NamedQuery = {
  name: 'previous',
  text: `
    SELECT wanted.revision, before.revision FROM unnest($1::smallint[], $2::text[], $3::text[], $4::bigint[]) AS wanted (resource, namespace, name, revision)
    CROSS JOIN LATERAL (
      SELECT frame FROM entry WHERE entry.resource = wanted.resource AND entry.namespace = wanted.namespace AND entry.name = wanted.name
        AND entry.revision < wanted.revision ORDER BY entry.revision DESC LIMIT 1
    ) AS whole
    CROSS JOIN LATERAL (
      SELECT revision FROM entry WHERE entry.frame = whole.frame AND entry.revision < wanted.revision ORDER BY entry.revision DESC LIMIT 1
    ) AS before`,
};

/** All of them: a few dozen. */
export const RESOURCES: NamedQuery = { name: 'resources', text: 'SELECT id, name FROM resource' };

/** $1 names. */
export const ADD_RESOURCES: NamedQuery = {
  name: 'add_resources',
  text: 'INSERT INTO resource (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING',
};

/** $1 their numbers. */
export const ORIGINS: NamedQuery = { name: 'origins', text: 'SELECT id, actor, request FROM origin WHERE id = ANY($1::bigint[])' };

/** Which objects others wrote about. $1 after, $2 up to. */
export const WRITTEN: NamedQuery = {
  name: 'written',
  text: `
    SELECT DISTINCT resource.name, frame.namespace, frame.name FROM entry
    JOIN entry AS frame ON frame.frame = entry.frame AND frame.patch IS NULL JOIN resource ON resource.id = entry.resource
    WHERE entry.revision > $1 AND entry.revision <= $2`,
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
        SELECT coalesce((SELECT at > $1::timestamptz FROM entry WHERE revision <= middle ORDER BY revision DESC LIMIT 1), false)
      ) AS probe (late)
      WHERE low < high
    )
    SELECT low FROM search WHERE low = high`,
};

/** $1 revision, $2 and $3 as checkpoint.ts encodes them. */
export const SAVE_CHECKPOINT: NamedQuery = {
  name: 'save_checkpoint',
  text: 'INSERT INTO checkpoint (revision, live, resources) VALUES ($1, $2, $3) ON CONFLICT (revision) DO UPDATE SET live = excluded.live, resources = excluded.resources',
};

/** $1 revision. */
export const CHECKPOINT_BEFORE: NamedQuery = {
  name: 'checkpoint_before',
  text: 'SELECT revision, live, resources FROM checkpoint WHERE revision <= $1 ORDER BY revision DESC LIMIT 1',
};

/** Makes the partitions that are missing up to $1. */
export const PARTITIONS: NamedQuery = { name: 'partitions', text: 'SELECT entry_partitions($1)' };

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
