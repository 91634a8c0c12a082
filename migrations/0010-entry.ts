import type { MigrationInterface, QueryRunner } from 'typeorm';
import { EventLog1790000000001 } from './0001-event-log';
import { Partitions1790000000002 } from './0002-partitions';
import { SessionIndex1790000000006 } from './0006-session-index';
import { SqlOverHistory1790000000008 } from './0008-sql-over-history';
import { BODIES, EVENT_VIEW, ENTRY_FUNCTIONS, PARTITIONS } from './entry-functions';
import { POD_PHASE, VERSIONS, OBJECTS_OF } from './entry-history';

const COLUMNS = 'revision, at, type, resource, namespace, name, uid, object, actor, request, cause, decision, trace, hash';

/**
 * The same log in a fifth of the space. `event` with its columns is a view now; what is stored is `entry`:
 *
 * - The entries about one object come in *frames*, named by the revision of their first. That one is whole; those after it hold only what
 *   differs from the one before (a patch), also not which object it is. At most 16 make a frame, so that an entry is never far from a
 *   whole one. When retention takes the first entries of a frame, the next one is made whole; the frame keeps its name.
 * - Who asked, and with what request, are the same for most entries of one component: they stand once in `origin`. The number of an
 *   origin is the revision that used it first, negative when it tells a session of kubectl, so that nobody has to draw numbers.
 * - `resource` numbers the kinds.
 * - Texts above 256 bytes are compressed in their row (toast_tuple_target, STORAGE MAIN).
 *
 * Measured: libs/log/README.md, "Speed".
 */
export class Entry1790000000010 implements MigrationInterface {
  readonly name = 'Entry1790000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW k8s.pod_phase');
    await runner.query('DROP VIEW k8s.versions');
    await runner.query('DROP FUNCTION event_partitions(bigint)');
    await runner.query('ALTER TABLE event RENAME TO event_before');
    for (const statement of [...TABLES, ...ENTRY_FUNCTIONS, PARTITIONS]) await runner.query(statement);
    await runner.query('SELECT entry_partitions(revision + 1000000) FROM head');
    for (const statement of [...MOVE, 'DROP TABLE event_before', EVENT_VIEW, BODIES, OBJECTS_OF, VERSIONS, POD_PHASE])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE event_after AS SELECT ${COLUMNS} FROM event`);
    await runner.query('DROP SCHEMA k8s CASCADE');
    await runner.query('DROP VIEW event');
    await runner.query('DROP TABLE entry, origin, resource');
    for (const name of [
      'entry_partitions(bigint)',
      'entry_object(bigint, bigint)',
      'entry_decision(bigint, bigint)',
      'entry_cause(bigint, bytea)',
      'entry_part(bytea, integer)',
    ]) {
      await runner.query(`DROP FUNCTION ${name}`);
    }
    await runner.query('DROP FUNCTION entry_body(bigint, bigint)');
    await runner.query('DROP AGGREGATE entry_bodies(text, text, bytea)');
    for (const name of ['entry_step(bytea, text, text, bytea)', 'entry_patched(bytea, bytea)']) await runner.query(`DROP FUNCTION ${name}`);
    await runner.query('ALTER TABLE head RENAME TO head_kept');
    await new EventLog1790000000001().up(runner);
    await runner.query('DROP TABLE head');
    await runner.query('ALTER TABLE head_kept RENAME TO head');
    await new Partitions1790000000002().up(runner);
    await new SessionIndex1790000000006().up(runner);
    await runner.query('SELECT event_partitions(revision + 1000000) FROM head');
    await runner.query(`INSERT INTO event (${COLUMNS}) SELECT ${COLUMNS} FROM event_after`);
    await runner.query('DROP TABLE event_after');
    await new SqlOverHistory1790000000008().up(runner);
  }
}

/** Wide columns first, so that nothing is lost to alignment. */
const TABLES = [
  `CREATE TABLE resource (
    id   smallint NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text     COLLATE "C" NOT NULL UNIQUE
  )`,
  `CREATE TABLE origin (
    id      bigint NOT NULL PRIMARY KEY,
    actor   json   NOT NULL,
    request json   NOT NULL
  )`,
  `CREATE INDEX origin_session_idx ON origin ((request ->> 'session')) WHERE (request ->> 'session') IS NOT NULL`,
  `CREATE TABLE entry (
    revision   bigint      NOT NULL PRIMARY KEY,
    at         timestamptz NOT NULL,
    frame      bigint      NOT NULL,
    origin     bigint      NOT NULL,
    resource   smallint    NOT NULL,
    type       "char"      NOT NULL CHECK (type IN ('A', 'M', 'D')),
    hash       bytea       NOT NULL CHECK (octet_length(hash) = 32),
    request_id uuid,
    cause      bytea,
    patch      bytea,
    namespace  text        COLLATE "C",
    name       text        COLLATE "C",
    uid        text        COLLATE "C",
    object     text,
    decision   text,
    trace      text
  ) PARTITION BY RANGE (revision)`,
  'CREATE INDEX entry_frame_idx ON entry (frame, revision)',
  'CREATE INDEX entry_whole_idx ON entry (frame) WHERE patch IS NULL',
  'CREATE INDEX entry_object_idx ON entry (resource, namespace, name, revision) WHERE name IS NOT NULL',
  'CREATE INDEX entry_uid_idx ON entry (uid) WHERE uid IS NOT NULL',
  'CREATE INDEX entry_session_idx ON entry (origin) WHERE origin < 0',
];

const UUID_REQUEST = `request::text ~ '^\\{"id":"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",'`;
const REST = `CASE WHEN ${UUID_REQUEST} THEN '{' || substr(request::text, 46) ELSE request::text END`;
const VARINTS = `
  CREATE OR REPLACE FUNCTION pg_temp.varints(revision bigint, cause bigint[]) RETURNS bytea LANGUAGE plpgsql AS $$
  DECLARE result bytea := ''; before bigint := revision; rest bigint; one bigint;
  BEGIN
    IF cardinality(cause) = 0 THEN RETURN NULL; END IF;
    FOREACH one IN ARRAY cause LOOP
      rest := CASE WHEN before >= one THEN 2 * (before - one) ELSE 2 * (one - before) + 1 END;
      before := one;
      WHILE rest >= 128 LOOP
        result := result || set_byte('\\x00', 0, (rest % 128)::int + 128);
        rest := rest / 128;
      END LOOP;
      result := result || set_byte('\\x00', 0, rest::int);
    END LOOP;
    RETURN result;
  END $$`;

/** What is there becomes frames: nothing of it is touched, so that it takes no longer than copying it. */
const MOVE = [
  VARINTS,
  `INSERT INTO resource (name) SELECT DISTINCT resource FROM event_before`,
  `INSERT INTO origin (id, actor, request)
   SELECT CASE WHEN min(session) IS NULL THEN min(revision) ELSE -min(revision) END, actor::json, rest::json
   FROM (SELECT revision, actor::text AS actor, ${REST} AS rest, request ->> 'session' AS session FROM event_before) AS before GROUP BY actor, rest`,
  'CREATE INDEX origin_text_idx ON origin (md5(actor::text), md5(request::text))',
  'ANALYZE origin',
  `INSERT INTO entry (revision, at, frame, origin, resource, type, hash, request_id, cause, namespace, name, uid, object, decision, trace)
   SELECT before.revision, at, before.revision, origin.id, resource.id, left(type, 1)::"char", hash,
          CASE WHEN ${UUID_REQUEST.replaceAll('request::text', 'before.request::text')} THEN substr(before.request::text, 8, 36)::uuid END,
          pg_temp.varints(before.revision, cause), namespace, before.name, uid, object::text, decision::text, trace
   FROM event_before AS before
   JOIN resource ON resource.name = before.resource
   JOIN origin ON md5(origin.actor::text) = md5(before.actor::text) AND md5(origin.request::text) = md5(${REST.replaceAll('request::text', 'before.request::text')})`,
  'DROP INDEX origin_text_idx',
];
