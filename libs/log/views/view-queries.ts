import type { NamedQuery } from '#lib/log/database/queries';

/** $1 after, $2 up to, $3 limit. */
export const CHANGES: NamedQuery = {
  name: 'changes',
  text: `
    SELECT entry.revision, entry.type, resource.name AS resource, whole.namespace, whole.name FROM entry
    LEFT JOIN entry AS whole ON whole.frame = entry.frame AND whole.patch IS NULL LEFT JOIN resource ON resource.id = entry.resource
    WHERE entry.revision > $1 AND entry.revision <= $2 ORDER BY entry.revision LIMIT $3`,
};

/** All of them. */
export const CHECKPOINTS: NamedQuery = { name: 'checkpoints', text: 'SELECT revision, live, resources FROM checkpoint ORDER BY revision' };

/** All of them: they can be folded again. */
export const CLEAR_CHECKPOINTS: NamedQuery = { name: 'clear_checkpoints', text: 'DELETE FROM checkpoint' };

/** What the table ends with, whatever the head row says. */
export const LAST_ROW: NamedQuery = { name: 'last_row', text: 'SELECT revision, hash FROM entry ORDER BY revision DESC LIMIT 1' };

/** A key is stored before the entry that needs it: one whose entry never came is of no use. */
export const ORPHAN_KEYS: NamedQuery = {
  name: 'orphan_keys',
  text: `
    SELECT uid FROM object_key
    WHERE created_at < now() - interval '1 minute' AND NOT EXISTS (SELECT FROM entry WHERE entry.uid = object_key.uid)
    ORDER BY uid`,
};

/** $1 uids. */
export const DROP_KEYS: NamedQuery = { name: 'drop_keys', text: 'DELETE FROM object_key WHERE uid = ANY($1::text[])' };
