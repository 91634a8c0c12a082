/** The functions and views of the schema `k8s`, over frames and patches. What they answer is that of 0008-sql-over-history.ts. */

/** Which entry of each object was the last is found without a body; then the bodies of those alone are made. */
export const OBJECTS_OF = `
  CREATE OR REPLACE FUNCTION k8s.objects_of(until bigint, wanted text) RETURNS SETOF k8s.object LANGUAGE plpgsql STABLE AS $$
  BEGIN
    RETURN QUERY
      SELECT kind.name::text, last.namespace::text, last.name::text, last.uid::text, last.at, last.revision, entry_object(last.revision, last.frame)::jsonb
      FROM (
        SELECT DISTINCT ON (f.resource, f.namespace, f.name) f.resource, f.namespace, f.name, f.uid, e.at, e.revision, e.frame, e.type
        FROM entry AS e JOIN entry AS f ON f.frame = e.frame AND f.patch IS NULL
        WHERE e.revision <= until AND (wanted IS NULL OR e.resource = (SELECT r.id FROM resource AS r WHERE r.name = wanted))
        ORDER BY f.resource, f.namespace, f.name, e.revision DESC
      ) AS last
      JOIN resource AS kind ON kind.id = last.resource
      WHERE last.type <> 'D';
  END $$`;

/** Every version with the time during which it was the current one. The last is open at its end; a version of no duration is `empty`. */
export const VERSIONS = `
  CREATE VIEW k8s.versions AS
  SELECT resource, namespace, name, uid, valid, changed_by, verb, revision, entry_object(revision, frame)::jsonb AS object
  FROM (
    SELECT kind.name AS resource, f.namespace, f.name, f.uid, e.revision, e.frame, e.type,
           origin.actor ->> 'user' AS changed_by, origin.request ->> 'verb' AS verb,
           tstzrange(e.at, lead(e.at) OVER (PARTITION BY kind.name, f.namespace, f.name, f.uid ORDER BY e.revision)) AS valid
    FROM entry AS e
    JOIN entry AS f ON f.frame = e.frame AND f.patch IS NULL
    JOIN resource AS kind ON kind.id = e.resource
    JOIN origin ON origin.id = e.origin
  ) AS version
  WHERE type <> 'D'`;

/** From one phase to the next; the deletion ends the last one. */
export const POD_PHASE = `
  CREATE VIEW k8s.pod_phase AS
  WITH version AS (
    SELECT f.namespace, f.name, f.uid, e.at, e.revision, e.type,
           CASE e.type WHEN 'D' THEN 'gone' ELSE coalesce(body.object::json -> 'status' ->> 'phase', 'Unknown') END AS phase
    FROM k8s.bodies('pods', 9223372036854775807) AS body
    JOIN entry AS e ON e.revision = body.revision
    JOIN entry AS f ON f.frame = e.frame AND f.patch IS NULL
  ), step AS (
    SELECT *, lag(phase) OVER (PARTITION BY uid ORDER BY revision) AS before FROM version
  ), turn AS (
    SELECT *, lead(at) OVER (PARTITION BY uid ORDER BY revision) AS until FROM step WHERE phase IS DISTINCT FROM before
  )
  SELECT namespace, name, uid, phase, tstzrange(at, until) AS valid, revision FROM turn WHERE type <> 'D'`;
