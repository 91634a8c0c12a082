import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A moment may be a revision, a time, or either as text; one function per type, so that a literal needs no cast. */
const MOMENTS = [
  ['bigint', 'moment'],
  ['timestamptz', 'k8s.revision_at(moment)'],
  ['text', `CASE WHEN moment ~ '^[0-9]+$' THEN moment::bigint ELSE k8s.revision_at(moment::timestamptz) END`],
] as const;

/** What every pod has. */
const POD_COLUMNS = `
  o.namespace, o.name, o.uid, o.object -> 'status' ->> 'phase' AS phase, o.object -> 'spec' ->> 'nodeName' AS node,
  coalesce((SELECT c ->> 'status' = 'True' FROM jsonb_array_elements(o.object -> 'status' -> 'conditions') AS c WHERE c ->> 'type' = 'Ready'), false) AS ready,
  coalesce((SELECT sum((c ->> 'restartCount')::bigint) FROM jsonb_array_elements(o.object -> 'status' -> 'containerStatuses') AS c), 0)::bigint AS restarts,
  o.object -> 'status' ->> 'podIP' AS ip,
  (SELECT r ->> 'kind' || '/' || (r ->> 'name') FROM jsonb_array_elements(o.object -> 'metadata' -> 'ownerReferences') AS r WHERE (r ->> 'controller')::boolean) AS owner,
  o.at, o.revision, o.object`;

/** SQL over history for analysts: the schema `k8s`. README.md beside this file says it with examples. Nothing is stored. */
export class SqlOverHistory1790000000008 implements MigrationInterface {
  readonly name = 'SqlOverHistory1790000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA k8s');
    await runner.query(REVISION_AT);
    await runner.query(OBJECTS_OF);
    for (const [type, revision] of MOMENTS) {
      await runner.query(`
        CREATE FUNCTION k8s.objects_asof(moment ${type}) RETURNS SETOF k8s.object LANGUAGE sql STABLE AS $$
          SELECT * FROM k8s.objects_of(${revision}, NULL) $$`);
      await runner.query(`
        CREATE FUNCTION k8s.objects_asof(moment ${type}, resource text) RETURNS SETOF k8s.object LANGUAGE sql STABLE AS $$
          SELECT * FROM k8s.objects_of(${revision}, objects_asof.resource) $$`);
      await runner.query(`
        CREATE FUNCTION k8s.pods_asof(moment ${type}) RETURNS TABLE (
          namespace text, name text, uid text, phase text, node text, ready boolean, restarts bigint, ip text, owner text, at timestamptz, revision bigint, object jsonb
        ) LANGUAGE sql STABLE AS $$
          SELECT ${POD_COLUMNS} FROM k8s.objects_of(${revision}, 'pods') AS o $$`);
    }
    await runner.query(VERSIONS);
    await runner.query(POD_PHASE);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SCHEMA k8s CASCADE');
  }
}

/** `at` rises with the revision: a binary search needs no index on it. Where retention took entries, the next older one answers. */
const REVISION_AT = `
  CREATE FUNCTION k8s.revision_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
  DECLARE
    low bigint := 0;
    high bigint := (SELECT revision FROM head);
    middle bigint;
  BEGIN
    WHILE low < high LOOP
      middle := (low + high + 1) / 2;
      IF coalesce((SELECT at > moment FROM event WHERE revision <= middle ORDER BY revision DESC LIMIT 1), false) THEN
        high := middle - 1;
      ELSE
        low := middle;
      END IF;
    END LOOP;
    RETURN low;
  END $$`;

const OBJECTS_OF = `
  CREATE TYPE k8s.object AS (resource text, namespace text, name text, uid text, at timestamptz, revision bigint, object jsonb);
  CREATE FUNCTION k8s.objects_of(until bigint, wanted text) RETURNS SETOF k8s.object LANGUAGE plpgsql STABLE AS $$
  BEGIN
    RETURN QUERY
      SELECT last.resource::text, last.namespace::text, last.name::text, last.uid::text, last.at, last.revision, last.object::jsonb
      FROM (
        SELECT DISTINCT ON (e.resource, e.namespace, e.name) e.*
        FROM event AS e
        WHERE e.revision <= until AND (wanted IS NULL OR e.resource = wanted)
        ORDER BY e.resource, e.namespace, e.name, e.revision DESC
      ) AS last
      WHERE last.type <> 'DELETED';
  END $$`;

/** Every version with the time during which it was the current one. The last is open at its end; a version of no duration is `empty`. */
const VERSIONS = `
  CREATE VIEW k8s.versions AS
  SELECT resource, namespace, name, uid, valid, changed_by, verb, revision, object::jsonb AS object
  FROM (
    SELECT event.*, actor ->> 'user' AS changed_by, request ->> 'verb' AS verb,
           tstzrange(at, lead(at) OVER (PARTITION BY resource, namespace, name, uid ORDER BY revision)) AS valid
    FROM event
  ) AS version
  WHERE type <> 'DELETED'`;

/** From one phase to the next; the deletion ends the last one. */
const POD_PHASE = `
  CREATE VIEW k8s.pod_phase AS
  WITH entry AS (
    SELECT namespace, name, uid, at, revision, type,
           CASE type WHEN 'DELETED' THEN 'gone' ELSE coalesce(object -> 'status' ->> 'phase', 'Unknown') END AS phase
    FROM event WHERE resource = 'pods'
  ), step AS (
    SELECT *, lag(phase) OVER (PARTITION BY uid ORDER BY revision) AS before FROM entry
  ), turn AS (
    SELECT *, lead(at) OVER (PARTITION BY uid ORDER BY revision) AS until FROM step WHERE phase IS DISTINCT FROM before
  )
  SELECT namespace, name, uid, phase, tstzrange(at, until) AS valid, revision FROM turn WHERE type <> 'DELETED'`;
