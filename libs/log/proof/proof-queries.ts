import type { NamedQuery } from '#lib/log/database/queries';

/** Of pruned entries too. $1 after, $2 up to. */
export const ENTRY_HASHES: NamedQuery = {
  name: 'entry_hashes',
  text: `
    SELECT revision, hash FROM entry WHERE revision > $1 AND revision <= $2
    UNION ALL
    SELECT revision, hash FROM pruned WHERE revision > $1 AND revision <= $2
    ORDER BY revision`,
};

/** $1 height. */
export const NODE_COUNT: NamedQuery = {
  name: 'node_count',
  text: 'SELECT coalesce(max(index) + 1, 0) AS count FROM tree_node WHERE height = $1',
};

/** $1 height, $2 first index, $3 index after the last. */
export const NODES: NamedQuery = {
  name: 'nodes',
  text: 'SELECT hash FROM tree_node WHERE height = $1 AND index >= $2 AND index < $3 ORDER BY index',
};

/** Two processes that grow the tree write the same. $1 height, $2 first index, $3 hashes. */
export const ADD_NODES: NamedQuery = {
  name: 'add_nodes',
  text: `
    INSERT INTO tree_node (height, index, hash)
    SELECT $1, $2::bigint + n - 1, hash FROM unnest($3::bytea[]) WITH ORDINALITY AS node (hash, n)
    ON CONFLICT DO NOTHING`,
};

/** The heads stay: they were given away. */
export const CLEAR_TREE: NamedQuery = { name: 'clear_tree', text: 'DELETE FROM tree_node' };

/** $1 size, $2 the head as JSON. */
export const SAVE_TREE_HEAD: NamedQuery = {
  name: 'save_tree_head',
  text: 'INSERT INTO tree_head (size, head) VALUES ($1, $2) ON CONFLICT (size) DO UPDATE SET head = excluded.head',
};

/** $1 the least size. */
export const NEWEST_TREE_HEAD: NamedQuery = {
  name: 'newest_tree_head',
  text: 'SELECT head FROM tree_head WHERE size >= $1 ORDER BY size DESC LIMIT 1',
};
