-- What the migrations amount to. Written by UPDATE_SCHEMA=1 npx jest migrations --selectProjects int; do not edit.

CREATE TABLE checkpoint (
  revision bigint NOT NULL,
  live bytea STORAGE EXTERNAL NOT NULL,
  resources bytea,
  CONSTRAINT checkpoint_pkey PRIMARY KEY (revision)
);

CREATE TABLE entry (
  revision bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  frame bigint NOT NULL,
  origin bigint NOT NULL,
  resource smallint NOT NULL,
  type "char" NOT NULL,
  hash bytea NOT NULL,
  request_id uuid,
  cause bytea,
  patch bytea,
  namespace text COLLATE "C",
  name text COLLATE "C",
  uid text COLLATE "C",
  object text,
  decision text,
  trace text,
  CONSTRAINT entry_pkey PRIMARY KEY (revision),
  CONSTRAINT entry_hash_check CHECK ((octet_length(hash) = 32)),
  CONSTRAINT entry_type_check CHECK ((type = ANY (ARRAY['A'::"char", 'M'::"char", 'D'::"char"])))
) PARTITION BY RANGE (revision);
CREATE INDEX entry_frame_idx ON ONLY public.entry USING btree (frame, revision);
CREATE INDEX entry_object_idx ON ONLY public.entry USING btree (resource, namespace, name, revision) WHERE (name IS NOT NULL);
CREATE INDEX entry_session_idx ON ONLY public.entry USING btree (origin) WHERE (origin < 0);
CREATE INDEX entry_uid_idx ON ONLY public.entry USING btree (uid) WHERE (uid IS NOT NULL);
CREATE INDEX entry_whole_idx ON ONLY public.entry USING btree (frame) WHERE (patch IS NULL);

CREATE TABLE head (
  one boolean NOT NULL DEFAULT true,
  revision bigint NOT NULL,
  hash bytea NOT NULL,
  at timestamp with time zone NOT NULL,
  reader uuid,
  recalled boolean NOT NULL DEFAULT false,
  CONSTRAINT head_pkey PRIMARY KEY (one),
  CONSTRAINT head_hash_check CHECK ((octet_length(hash) = 32)),
  CONSTRAINT head_one_check CHECK (one)
) WITH (fillfactor=10);

CREATE TABLE object_key (
  uid text COLLATE "C" NOT NULL,
  resource text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  CONSTRAINT object_key_pkey PRIMARY KEY (uid)
);
CREATE INDEX object_key_object_idx ON public.object_key USING btree (resource, namespace, name);

CREATE TABLE origin (
  id bigint NOT NULL,
  actor json NOT NULL,
  request json NOT NULL,
  CONSTRAINT origin_pkey PRIMARY KEY (id)
);
CREATE INDEX origin_session_idx ON public.origin USING btree (((request ->> 'session'::text))) WHERE ((request ->> 'session'::text) IS NOT NULL);

CREATE TABLE pruned (
  revision bigint NOT NULL,
  hash bytea NOT NULL,
  erasure bigint NOT NULL,
  CONSTRAINT pruned_pkey PRIMARY KEY (revision),
  CONSTRAINT pruned_hash_check CHECK ((octet_length(hash) = 32))
);

CREATE TABLE request (
  seq bigint NOT NULL,
  id text NOT NULL,
  at timestamp with time zone NOT NULL,
  took_ms real NOT NULL,
  level text NOT NULL,
  user_name text NOT NULL,
  groups text[] NOT NULL,
  impersonated_by text,
  user_agent text,
  address text,
  command text,
  verb text NOT NULL,
  resource text NOT NULL,
  subresource text NOT NULL,
  namespace text NOT NULL,
  name text NOT NULL,
  path text NOT NULL,
  code integer NOT NULL,
  verdict text NOT NULL,
  reason text,
  message text,
  revision bigint NOT NULL,
  body json,
  annotations json,
  CONSTRAINT request_pkey PRIMARY KEY (seq)
);
CREATE INDEX request_at_idx ON public.request USING brin (at);
CREATE INDEX request_refused_idx ON public.request USING btree (seq) WHERE (code >= 400);

CREATE TABLE resource (
  id smallint NOT NULL,
  name text COLLATE "C" NOT NULL,
  CONSTRAINT resource_name_key UNIQUE (name),
  CONSTRAINT resource_pkey PRIMARY KEY (id)
);

CREATE TABLE tree_head (
  size bigint NOT NULL,
  head json NOT NULL,
  CONSTRAINT tree_head_pkey PRIMARY KEY (size)
);

CREATE TABLE tree_node (
  height smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT tree_node_pkey PRIMARY KEY (height, index),
  CONSTRAINT tree_node_hash_check CHECK ((octet_length(hash) = 32))
);

CREATE OR REPLACE FUNCTION public.entry_body(revision bigint, frame bigint)
 RETURNS bytea
 LANGUAGE sql
 STABLE
AS $function$
    SELECT entry_bodies(e.object, e.decision, e.patch ORDER BY e.revision) FROM entry AS e
    WHERE e.frame = entry_body.frame AND e.revision <= entry_body.revision $function$;

CREATE OR REPLACE FUNCTION public.entry_cause(revision bigint, cause bytea)
 RETURNS bigint[]
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
  DECLARE result bigint[] := '{}'; at integer := 0; byte integer; shift integer; number bigint; before bigint := revision;
  BEGIN
    WHILE at < coalesce(octet_length(cause), 0) LOOP 
      byte := get_byte(cause, at); at := at + 1; number := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(cause, at); at := at + 1; number := number + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP;
      before := before - CASE WHEN number % 2 = 0 THEN number / 2 ELSE -(number / 2) END;
      result := result || before;
    END LOOP;
    RETURN result;
  END $function$;

CREATE OR REPLACE FUNCTION public.entry_decision(revision bigint, frame bigint)
 RETURNS json
 LANGUAGE sql
 STABLE
AS $function$ SELECT entry_part(entry_body(revision, frame), 2)::json $function$;

CREATE OR REPLACE FUNCTION public.entry_object(revision bigint, frame bigint)
 RETURNS json
 LANGUAGE sql
 STABLE
AS $function$ SELECT entry_part(entry_body(revision, frame), 1)::json $function$;

CREATE OR REPLACE FUNCTION public.entry_part(body bytea, part integer)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$
    SELECT convert_from(CASE WHEN part = 1 AND cut = 0 THEN body WHEN part = 1 THEN substring(body FROM 1 FOR cut - 1) WHEN cut > 0 THEN substring(body FROM cut + 1) END, 'UTF8')
    FROM position('\x00'::bytea IN body) AS cut $function$;

CREATE OR REPLACE FUNCTION public.entry_partitions(upto bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
  END $function$;

CREATE OR REPLACE FUNCTION public.entry_patched(base bytea, patch bytea)
 RETURNS bytea
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
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
  BEGIN 
      byte := get_byte(source, at); at := at + 1; jump := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(source, at); at := at + 1; jump := jump + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP; 
      byte := get_byte(source, at); at := at + 1; count := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(source, at); at := at + 1; count := count + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP;
    WHILE at < size LOOP 
      byte := get_byte(source, at); at := at + 1; count := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(source, at); at := at + 1; count := count + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP;
      buffer := buffer || substring(source FROM at + 1 FOR count::integer);
      at := at + count;
      EXIT WHEN at >= size; 
      byte := get_byte(source, at); at := at + 1; jump := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(source, at); at := at + 1; jump := jump + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP; 
      byte := get_byte(source, at); at := at + 1; count := byte & 127; shift := 7;
      WHILE byte > 127 LOOP
        byte := get_byte(source, at); at := at + 1; count := count + ((byte & 127)::bigint << shift); shift := shift + 7;
      END LOOP;
      expected := expected + CASE WHEN jump % 2 = 0 THEN jump / 2 ELSE -(jump + 1) / 2 END;
      buffer := buffer || substring(buffer FROM expected::integer + 1 FOR count::integer);
      expected := expected + count;
    END LOOP;
    RETURN substring(buffer FROM octet_length(base) + 1);
  END $function$;

CREATE OR REPLACE FUNCTION public.entry_step(body bytea, object text, decision text, patch bytea)
 RETURNS bytea
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
  BEGIN
    IF patch IS NOT NULL THEN RETURN entry_patched(body, patch); END IF;
    RETURN convert_to(object, 'UTF8') || CASE WHEN decision IS NULL THEN ''::bytea ELSE '\x00'::bytea || convert_to(decision, 'UTF8') END;
  END $function$;

CREATE OR REPLACE FUNCTION k8s.bodies(wanted text, until bigint)
 RETURNS TABLE(revision bigint, frame bigint, object text)
 LANGUAGE sql
 STABLE
AS $function$
    SELECT body.revision, body.frame,
           entry_part(body.body, 1)
    FROM (
      SELECT e.revision, e.frame, entry_bodies(e.object, e.decision, e.patch) OVER (PARTITION BY e.frame ORDER BY e.revision) AS body
      FROM entry AS e
      WHERE e.revision <= until AND (wanted IS NULL OR e.resource = (SELECT id FROM resource WHERE name = wanted))
    ) AS body $function$;

CREATE OR REPLACE FUNCTION k8s.objects_asof(moment bigint)
 RETURNS SETOF k8s.object
 LANGUAGE sql
 STABLE
AS $function$
          SELECT * FROM k8s.objects_of(moment, NULL) $function$;

CREATE OR REPLACE FUNCTION k8s.objects_asof(moment bigint, resource text)
 RETURNS SETOF k8s.object
 LANGUAGE sql
 STABLE
AS $function$
          SELECT * FROM k8s.objects_of(moment, objects_asof.resource) $function$;

CREATE OR REPLACE FUNCTION k8s.objects_asof(moment text)
 RETURNS SETOF k8s.object
 LANGUAGE sql
 STABLE
AS $function$
          SELECT * FROM k8s.objects_of(CASE WHEN moment ~ '^[0-9]+$' THEN moment::bigint ELSE k8s.revision_at(moment::timestamptz) END, NULL) $function$;

CREATE OR REPLACE FUNCTION k8s.objects_asof(moment text, resource text)
 RETURNS SETOF k8s.object
 LANGUAGE sql
 STABLE
AS $function$
          SELECT * FROM k8s.objects_of(CASE WHEN moment ~ '^[0-9]+$' THEN moment::bigint ELSE k8s.revision_at(moment::timestamptz) END, objects_asof.resource) $function$;

CREATE OR REPLACE FUNCTION k8s.objects_asof(moment timestamp with time zone)
 RETURNS SETOF k8s.object
 LANGUAGE sql
 STABLE
AS $function$
          SELECT * FROM k8s.objects_of(k8s.revision_at(moment), NULL) $function$;

CREATE OR REPLACE FUNCTION k8s.objects_asof(moment timestamp with time zone, resource text)
 RETURNS SETOF k8s.object
 LANGUAGE sql
 STABLE
AS $function$
          SELECT * FROM k8s.objects_of(k8s.revision_at(moment), objects_asof.resource) $function$;

CREATE OR REPLACE FUNCTION k8s.objects_of(until bigint, wanted text)
 RETURNS SETOF k8s.object
 LANGUAGE plpgsql
 STABLE
AS $function$
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
  END $function$;

CREATE OR REPLACE FUNCTION k8s.pods_asof(moment bigint)
 RETURNS TABLE(namespace text, name text, uid text, phase text, node text, ready boolean, restarts bigint, ip text, owner text, at timestamp with time zone, revision bigint, object jsonb)
 LANGUAGE sql
 STABLE
AS $function$
          SELECT 
  o.namespace, o.name, o.uid, o.object -> 'status' ->> 'phase' AS phase, o.object -> 'spec' ->> 'nodeName' AS node,
  coalesce((SELECT c ->> 'status' = 'True' FROM jsonb_array_elements(o.object -> 'status' -> 'conditions') AS c WHERE c ->> 'type' = 'Ready'), false) AS ready,
  coalesce((SELECT sum((c ->> 'restartCount')::bigint) FROM jsonb_array_elements(o.object -> 'status' -> 'containerStatuses') AS c), 0)::bigint AS restarts,
  o.object -> 'status' ->> 'podIP' AS ip,
  (SELECT r ->> 'kind' || '/' || (r ->> 'name') FROM jsonb_array_elements(o.object -> 'metadata' -> 'ownerReferences') AS r WHERE (r ->> 'controller')::boolean) AS owner,
  o.at, o.revision, o.object FROM k8s.objects_of(moment, 'pods') AS o $function$;

CREATE OR REPLACE FUNCTION k8s.pods_asof(moment text)
 RETURNS TABLE(namespace text, name text, uid text, phase text, node text, ready boolean, restarts bigint, ip text, owner text, at timestamp with time zone, revision bigint, object jsonb)
 LANGUAGE sql
 STABLE
AS $function$
          SELECT 
  o.namespace, o.name, o.uid, o.object -> 'status' ->> 'phase' AS phase, o.object -> 'spec' ->> 'nodeName' AS node,
  coalesce((SELECT c ->> 'status' = 'True' FROM jsonb_array_elements(o.object -> 'status' -> 'conditions') AS c WHERE c ->> 'type' = 'Ready'), false) AS ready,
  coalesce((SELECT sum((c ->> 'restartCount')::bigint) FROM jsonb_array_elements(o.object -> 'status' -> 'containerStatuses') AS c), 0)::bigint AS restarts,
  o.object -> 'status' ->> 'podIP' AS ip,
  (SELECT r ->> 'kind' || '/' || (r ->> 'name') FROM jsonb_array_elements(o.object -> 'metadata' -> 'ownerReferences') AS r WHERE (r ->> 'controller')::boolean) AS owner,
  o.at, o.revision, o.object FROM k8s.objects_of(CASE WHEN moment ~ '^[0-9]+$' THEN moment::bigint ELSE k8s.revision_at(moment::timestamptz) END, 'pods') AS o $function$;

CREATE OR REPLACE FUNCTION k8s.pods_asof(moment timestamp with time zone)
 RETURNS TABLE(namespace text, name text, uid text, phase text, node text, ready boolean, restarts bigint, ip text, owner text, at timestamp with time zone, revision bigint, object jsonb)
 LANGUAGE sql
 STABLE
AS $function$
          SELECT 
  o.namespace, o.name, o.uid, o.object -> 'status' ->> 'phase' AS phase, o.object -> 'spec' ->> 'nodeName' AS node,
  coalesce((SELECT c ->> 'status' = 'True' FROM jsonb_array_elements(o.object -> 'status' -> 'conditions') AS c WHERE c ->> 'type' = 'Ready'), false) AS ready,
  coalesce((SELECT sum((c ->> 'restartCount')::bigint) FROM jsonb_array_elements(o.object -> 'status' -> 'containerStatuses') AS c), 0)::bigint AS restarts,
  o.object -> 'status' ->> 'podIP' AS ip,
  (SELECT r ->> 'kind' || '/' || (r ->> 'name') FROM jsonb_array_elements(o.object -> 'metadata' -> 'ownerReferences') AS r WHERE (r ->> 'controller')::boolean) AS owner,
  o.at, o.revision, o.object FROM k8s.objects_of(k8s.revision_at(moment), 'pods') AS o $function$;

CREATE OR REPLACE FUNCTION k8s.revision_at(moment timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
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
  END $function$;

CREATE AGGREGATE entry_bodies(text,text,bytea) (SFUNC = entry_step, STYPE = bytea);

-- VIEW event (revision bigint, at timestamp with time zone, type text, resource text, namespace text, name text, uid text, object json, actor json, request json, cause bigint[], decision json, trace text, hash bytea)

-- VIEW k8s.object (resource text, namespace text, name text, uid text, at timestamp with time zone, revision bigint, object jsonb)

-- VIEW k8s.pod_phase (namespace text, name text, uid text, phase text, valid tstzrange, revision bigint)

-- VIEW k8s.versions (resource text, namespace text, name text, uid text, valid tstzrange, changed_by text, verb text, revision bigint, object jsonb)
