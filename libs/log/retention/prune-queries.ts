import type { NamedQuery } from '#lib/log/database/queries';

/**
 * What nobody needs who reads the resource at revision $2 or later: the entries up to there that a later one up to there replaces,
 * and the deletions. The last version of whatever lived at $2 stays, so an object that still lives never loses its last entry.
 */
const PRUNABLE = `
  SELECT revision, hash, size FROM (
    SELECT entry.revision, entry.hash, entry.type, pg_column_size(entry.*) AS size,
           lead(entry.revision) OVER (PARTITION BY whole.namespace, whole.name ORDER BY entry.revision) AS next
    FROM entry JOIN entry AS whole ON whole.frame = entry.frame AND whole.patch IS NULL
    WHERE entry.resource = (SELECT id FROM resource WHERE name = $1) AND entry.revision <= $2
  ) AS one
  WHERE next IS NOT NULL OR type = 'D'`;

/** $1 resource, $2 the revision from which on it must stay readable. */
export const PRUNE_PREVIEW: NamedQuery = {
  name: 'prune_preview',
  text: `
    SELECT (SELECT count(*) FROM entry WHERE resource = (SELECT id FROM resource WHERE name = $1)) AS entries, count(*) AS prunable, coalesce(sum(size), 0) AS bytes
    FROM (${PRUNABLE}) AS prunable`,
};

/** Oldest first, so that an entry never goes before one that it replaces. $3 limit. */
export const PRUNE_NEXT: NamedQuery = {
  name: 'prune_next',
  text: `SELECT revision, hash FROM (${PRUNABLE}) AS prunable ORDER BY revision LIMIT $3`,
};

/**
 * Before the first entries of a frame go, the next one is made whole: what it tells, and which object it is about. Its frame keeps its
 * name, so that a writer who adds to it meanwhile does no harm. $1 revisions that go.
 */
export const MAKE_WHOLE: NamedQuery = {
  name: 'make_whole',
  text: `
    UPDATE entry SET patch = NULL, object = entry_object(entry.revision, entry.frame)::text, decision = entry_decision(entry.revision, entry.frame)::text,
                     namespace = whole.namespace, name = whole.name, uid = whole.uid
    FROM (
      SELECT DISTINCT ON (left_over.frame) left_over.revision FROM entry AS gone
      JOIN entry AS left_over ON left_over.frame = gone.frame AND left_over.revision > gone.revision
      WHERE gone.revision = ANY($1::bigint[]) AND left_over.revision <> ALL($1::bigint[])
      ORDER BY left_over.frame, left_over.revision
    ) AS next, entry AS whole
    WHERE entry.revision = next.revision AND entry.patch IS NOT NULL AND whole.frame = entry.frame AND whole.patch IS NULL`,
};

/** $1 revisions, $2 revision of the Erasure. */
export const PRUNE: NamedQuery = {
  name: 'prune',
  text: `
    WITH gone AS (DELETE FROM entry WHERE revision = ANY($1::bigint[]) RETURNING revision, hash)
    INSERT INTO pruned (revision, hash, erasure) SELECT revision, hash, $2 FROM gone`,
};

/** $1 after, $2 up to, $3 limit. */
export const PRUNED: NamedQuery = {
  name: 'pruned',
  text: 'SELECT revision, hash, erasure FROM pruned WHERE revision > $1 AND revision <= $2 ORDER BY revision LIMIT $3',
};

/** $1 revisions. */
export const PRUNED_AMONG: NamedQuery = { name: 'pruned_among', text: 'SELECT revision FROM pruned WHERE revision = ANY($1::bigint[])' };

/** Of each partition: its name, and the revision it ends before. */
export const PARTITION_LIST: NamedQuery = {
  name: 'partition_list',
  text: `
    SELECT inhrelid::regclass::text AS name, substring(pg_get_expr(relpartbound, inhrelid) FROM 'TO \\(''?(\\d+)''?\\)')::bigint AS before
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'entry'::regclass AND NOT inhdetachpending ORDER BY 2`,
};
