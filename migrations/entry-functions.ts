/**
 * How `entry` is read in SQL. libs/log/entry/patch.ts and entry-*.ts do the same a hundred times faster; these are for people with psql,
 * and for the proof that nobody needs our code to read the log.
 */

/** Reads the unsigned LEB128 number at `at` into a variable, inline: a function call for each would take ten times as long. */
const read = (source: string, into: string): string => `
      byte := get_byte(${source}, at); at := at + 1; ${into} := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(${source}, at); at := at + 1; ${into} := ${into} + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP;`;

/**
 * libs/log/entry/patch.ts has the format; in front stands how far back the entry is that the patch is against. Copied pieces are taken from
 * the old text followed by what there is of the new one.
 */
const PATCHED = `
  CREATE FUNCTION entry_patched(base bytea, patch bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
  DECLARE
    source CONSTANT bytea := patch || ''::bytea; -- uncompressed once, and not for every byte
    size CONSTANT integer := octet_length(source);
    buffer bytea := base;
    at integer := 0;
    byte integer;
    shift integer;
    expected bigint := 0;
    jump bigint;
    count bigint;
  BEGIN ${read('source', 'jump')} ${read('source', 'count')}
    WHILE at < size LOOP ${read('source', 'count')}
      buffer := buffer || substring(source FROM at + 1 FOR count::integer);
      at := at + count;
      EXIT WHEN at >= size; ${read('source', 'jump')} ${read('source', 'count')}
      expected := expected + CASE WHEN jump % 2 = 0 THEN jump / 2 ELSE -(jump + 1) / 2 END;
      buffer := buffer || substring(buffer FROM expected::integer + 1 FOR count::integer);
      expected := expected + count;
    END LOOP;
    RETURN substring(buffer FROM octet_length(base) + 1);
  END $$`;

/** Object and decision as one text, between them a zero byte: what a patch changes. */
const STEP = `
  CREATE FUNCTION entry_step(body bytea, object text, decision text, patch bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN
    IF patch IS NOT NULL THEN RETURN entry_patched(body, patch); END IF;
    RETURN convert_to(object, 'UTF8') || CASE WHEN decision IS NULL THEN ''::bytea ELSE '\\x00'::bytea || convert_to(decision, 'UTF8') END;
  END $$`;

const AGGREGATE = 'CREATE AGGREGATE entry_bodies(text, text, bytea) (SFUNC = entry_step, STYPE = bytea)';

const BODY = `
  CREATE FUNCTION entry_body(revision bigint, frame bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT entry_bodies(e.object, e.decision, e.patch ORDER BY e.revision) FROM entry AS e
    WHERE e.frame = entry_body.frame AND e.revision <= entry_body.revision $$`;

const PARTS = `
  CREATE FUNCTION entry_part(body bytea, part integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_from(CASE WHEN part = 1 AND cut = 0 THEN body WHEN part = 1 THEN substring(body FROM 1 FOR cut - 1) WHEN cut > 0 THEN substring(body FROM cut + 1) END, 'UTF8')
    FROM position('\\x00'::bytea IN body) AS cut $$`;

const OBJECT = `
  CREATE FUNCTION entry_object(revision bigint, frame bigint) RETURNS json LANGUAGE sql STABLE AS $$ SELECT entry_part(entry_body(revision, frame), 1)::json $$`;

const DECISION = `
  CREATE FUNCTION entry_decision(revision bigint, frame bigint) RETURNS json LANGUAGE sql STABLE AS $$ SELECT entry_part(entry_body(revision, frame), 2)::json $$`;

/**
 * Each cause as its distance from the one before, the first from the entry itself, twice that, plus one when it is later: they need not be
 * in order.
 */
const CAUSE = `
  CREATE FUNCTION entry_cause(revision bigint, cause bytea) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE AS $$
  DECLARE result bigint[] := '{}'; at integer := 0; byte integer; shift integer; number bigint; before bigint := revision;
  BEGIN
    WHILE at < coalesce(octet_length(cause), 0) LOOP ${read('cause', 'number')}
      before := before - CASE WHEN number % 2 = 0 THEN number / 2 ELSE -(number / 2) END;
      result := result || before;
    END LOOP;
    RETURN result;
  END $$`;

/** In the order of their making. */
export const ENTRY_FUNCTIONS = [PATCHED, STEP, AGGREGATE, BODY, PARTS, OBJECT, DECISION, CAUSE];

/** One partition per million revisions. */
export const PARTITIONS = `
  CREATE FUNCTION entry_partitions(upto bigint) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    size CONSTANT bigint := 1000000;
    part text;
    wide text;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('decklog entry_partitions'));
    FOR n IN 0 .. upto / size LOOP
      part := 'entry_' || lpad(n::text, 6, '0');
      CONTINUE WHEN to_regclass(part) IS NOT NULL;
      CONTINUE WHEN n < (SELECT revision FROM head) / size AND EXISTS (SELECT FROM entry); -- dropped by retention
      EXECUTE format('CREATE TABLE %I (LIKE entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS) WITH (toast_tuple_target = 256)', part);
      FOREACH wide IN ARRAY ARRAY['object', 'decision', 'patch'] LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET STORAGE MAIN', part, wide);
        IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
          EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET COMPRESSION lz4', part, wide);
        END IF;
      END LOOP;
      EXECUTE format('ALTER TABLE entry ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, n * size, (n + 1) * size);
    END LOOP;
  END $$`;

const REQUEST = `CASE WHEN entry.request_id IS NULL THEN origin.request ELSE ('{"id":"' || entry.request_id::text || '",' || substr(origin.request::text, 2))::json END`;

/**
 * The log as it is meant to be read: the columns that never change. OFFSET 0: a body is made once for two columns, and not at all for
 * others.
 */
export const EVENT_VIEW = `
  CREATE VIEW event AS
  SELECT entry.revision, entry.at,
         CASE entry.type WHEN 'A' THEN 'ADDED' WHEN 'M' THEN 'MODIFIED' ELSE 'DELETED' END COLLATE "C" AS type,
         resource.name AS resource, frame.namespace, frame.name, frame.uid,
         CASE WHEN entry.patch IS NULL THEN entry.object::json ELSE entry_part(made.body, 1)::json END AS object,
         origin.actor, ${REQUEST} AS request,
         entry_cause(entry.revision, entry.cause) AS cause,
         CASE WHEN entry.patch IS NULL THEN entry.decision::json ELSE entry_part(made.body, 2)::json END AS decision,
         entry.trace, entry.hash
  FROM entry
  LEFT JOIN resource ON resource.id = entry.resource
  LEFT JOIN origin ON origin.id = entry.origin
  LEFT JOIN entry AS frame ON frame.frame = entry.frame AND frame.patch IS NULL
  CROSS JOIN LATERAL (SELECT CASE WHEN entry.patch IS NOT NULL THEN entry_body(entry.revision, entry.frame) END AS body OFFSET 0) AS made`;

/** Many versions at once: each body is made from the one before, where the view \`event\` begins at the frame for every entry. */
export const BODIES = `
  CREATE FUNCTION k8s.bodies(wanted text, until bigint) RETURNS TABLE (revision bigint, frame bigint, object text) LANGUAGE sql STABLE AS $$
    SELECT body.revision, body.frame,
           entry_part(body.body, 1)
    FROM (
      SELECT e.revision, e.frame, entry_bodies(e.object, e.decision, e.patch) OVER (PARTITION BY e.frame ORDER BY e.revision) AS body
      FROM entry AS e
      WHERE e.revision <= until AND (wanted IS NULL OR e.resource = (SELECT id FROM resource WHERE name = wanted))
    ) AS body $$`;
