import type { NamedQuery } from './queries';

/**
 * What nobody needs who reads the resource at revision $2 or later: the entries up to there that a later one up to there replaces,
 * and the deletions. The last version of whatever lived at $2 stays, so an object that still lives never loses its last entry.
 */
const PRUNABLE = `
  SELECT revision, hash, size FROM (
    SELECT revision, hash, type, pg_column_size(event.*) AS size, lead(revision) OVER (PARTITION BY namespace, name ORDER BY revision) AS next
    FROM event WHERE resource = $1 AND revision <= $2
  ) AS entry
  WHERE next IS NOT NULL OR type = 'DELETED'`;

/** $1 resource, $2 the revision from which on it must stay readable. */
export const PRUNE_PREVIEW: NamedQuery = {
  name: 'prune_preview',
  text: `
    SELECT (SELECT count(*) FROM event WHERE resource = $1) AS entries, count(*) AS prunable, coalesce(sum(size), 0) AS bytes
    FROM (${PRUNABLE}) AS prunable`,
};

/** Oldest first, so that an entry never goes before one that it replaces. $3 limit. */
export const PRUNE_NEXT: NamedQuery = { name: 'prune_next', text: `SELECT revision, hash FROM (${PRUNABLE}) AS prunable ORDER BY revision LIMIT $3` };

/** $1 revisions, $2 revision of the Erasure. */
export const PRUNE: NamedQuery = {
  name: 'prune',
  text: `
    WITH gone AS (DELETE FROM event WHERE revision = ANY($1::bigint[]) RETURNING revision, hash)
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
    WHERE inhparent = 'event'::regclass AND NOT inhdetachpending ORDER BY 2`,
};
