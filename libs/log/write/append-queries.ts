import { CHANNEL, type NamedQuery } from '#lib/log/database/queries';

const COLUMNS =
  'revision, at, frame, origin, resource, type, hash, request_id, cause, patch, namespace, name, uid, object, decision, trace';
const TYPES = ['bigint', 'bigint', 'smallint', '"char"', 'bytea', 'uuid', 'bytea', 'bytea', 'text', 'text', 'text', 'text', 'text', 'text'];
/** Types of the parameters that are arrays: some go as text, because that is what binary-array.ts writes. */
const SENT = [
  'bigint[]',
  'bigint[]',
  'smallint[]',
  'text[]',
  'bytea[]',
  'text[]',
  'bytea[]',
  'bytea[]',
  'text[]',
  'text[]',
  'text[]',
  'text[]',
  'text[]',
  'text[]',
];
const NAMES = COLUMNS.split(', ').slice(2);

const MOVED = (count: string): string => `
    moved AS (
      UPDATE head SET revision = $1::bigint + ${count}, hash = $3::bytea, at = $4::timestamptz
      WHERE revision = $1::bigint AND hash = $2::bytea AND (reader IS NULL OR reader = $5::uuid)
      RETURNING revision
    )`;

/** Only where somebody has cut off the end of the log is a number there already: what is left of it belongs to no entry. */
const AGAIN = 'ON CONFLICT (id) DO UPDATE SET actor = excluded.actor, request = excluded.request';

/**
 * The whole append: one statement, so one round trip and one transaction. It changes nothing, and answers no row, unless the head is
 * where the writer believes, and nobody else has the read lease (read-lease.ts); a second writer waits on the head's row until the
 * first has committed, and then finds it moved.
 *
 * A lone entry goes as plain values. Measured without waiting for the disk, p10 of 3,000: 0.08 ms, where unnesting 12 arrays of one
 * element and filling four wide indexes took 0.29, and the least that can be (move a head, insert a row) 0.05.
 *
 * $1 expected revision, $2 expected hash, $3 new hash, $4 at, $5 the writer, $6… one value, or array, per column; then those of new
 * origins.
 */
export function appendQuery(isLone: boolean, hasOrigins: boolean): NamedQuery {
  const name = ['append', isLone ? 'one' : 'many', ...(hasOrigins ? ['told'] : [])].join('_');
  return { name, text: isLone ? lone(hasOrigins) : many(hasOrigins) };
}

function lone(hasOrigins: boolean): string {
  const values = TYPES.map((type, i) => `$${i + 6}::${type}`).join(', ');
  const next = TYPES.length + 6;
  const told = `, told AS (INSERT INTO origin (id, actor, request) SELECT $7::bigint, $${next}::json, $${next + 1}::json FROM moved ${AGAIN})`;
  return `
    WITH ${MOVED('1')}${hasOrigins ? told : ''}, written AS (
      INSERT INTO entry (${COLUMNS}) SELECT revision, $4::timestamptz, ${values} FROM moved
    )
    SELECT pg_notify('${CHANNEL}', revision::text) FROM moved`;
}

function many(hasOrigins: boolean): string {
  const arrays = SENT.map((type, i) => `$${i + 6}::${type}`).join(', ');
  const next = SENT.length + 6;
  const told = `, told AS (
      INSERT INTO origin (id, actor, request) SELECT id, actor::json, request::json
      FROM moved, unnest($${next}::bigint[], $${next + 1}::text[], $${next + 2}::text[]) AS one (id, actor, request) ${AGAIN}
    )`;
  const columns = NAMES.map((name, i) => (SENT[i] === `${TYPES[i]}[]` ? name : `${name}::${TYPES[i]}`)).join(', ');
  return `
    WITH ${MOVED('cardinality($6::bigint[])')}${hasOrigins ? told : ''}, written AS (
      INSERT INTO entry (${COLUMNS}) SELECT $1::bigint + n, $4::timestamptz, ${columns}
      FROM moved, unnest(${arrays}) WITH ORDINALITY AS one (${NAMES.join(', ')}, n)
    )
    SELECT pg_notify('${CHANNEL}', revision::text) FROM moved`;
}
