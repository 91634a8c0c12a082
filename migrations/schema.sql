-- What the migrations amount to. Written by UPDATE_SCHEMA=1 npx jest migrations --selectProjects int; do not edit.

CREATE TABLE checkpoint (
  revision bigint NOT NULL,
  live bytea STORAGE EXTERNAL NOT NULL,
  CONSTRAINT checkpoint_pkey PRIMARY KEY (revision)
);

CREATE TABLE event (
  revision bigint NOT NULL,
  at timestamp with time zone NOT NULL,
  type text COLLATE "C" NOT NULL,
  resource text COLLATE "C" NOT NULL,
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  uid text COLLATE "C" NOT NULL,
  object json NOT NULL,
  actor json NOT NULL,
  request json NOT NULL,
  cause bigint[] NOT NULL,
  decision json,
  trace text,
  hash bytea NOT NULL,
  CONSTRAINT event_pkey PRIMARY KEY (revision),
  CONSTRAINT event_hash_check CHECK ((octet_length(hash) = 32)),
  CONSTRAINT event_type_check CHECK ((type = ANY (ARRAY['ADDED'::text, 'MODIFIED'::text, 'DELETED'::text])))
) PARTITION BY RANGE (revision);
CREATE INDEX event_at_idx ON ONLY public.event USING brin (at) WITH (pages_per_range='64');
CREATE INDEX event_object_idx ON ONLY public.event USING btree (resource, namespace, name, revision);
CREATE INDEX event_session_idx ON ONLY public.event USING btree (((request ->> 'session'::text))) WHERE ((request ->> 'session'::text) IS NOT NULL);
CREATE INDEX event_uid_idx ON ONLY public.event USING btree (uid);

CREATE TABLE head (
  one boolean NOT NULL DEFAULT true,
  revision bigint NOT NULL,
  hash bytea NOT NULL,
  at timestamp with time zone NOT NULL,
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
  CONSTRAINT request_pkey PRIMARY KEY (seq)
);
CREATE INDEX request_at_idx ON public.request USING brin (at);
CREATE INDEX request_refused_idx ON public.request USING btree (seq) WHERE (code >= 400);

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

CREATE OR REPLACE FUNCTION public.event_partitions(upto bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
      DECLARE
        size CONSTANT bigint := 1000000;
        part text;
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('decklog event_partitions'));
        FOR n IN 0 .. upto / size LOOP
          part := 'event_' || lpad(n::text, 6, '0');
          CONTINUE WHEN to_regclass(part) IS NOT NULL;
          CONTINUE WHEN n < (SELECT revision FROM head) / size; -- dropped by retention
          EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
          IF EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) THEN
            EXECUTE format('ALTER TABLE %I ALTER COLUMN object SET COMPRESSION lz4', part);
          END IF;
          EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, n * size, (n + 1) * size);
        END LOOP;
      END $function$;

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
      SELECT last.resource::text, last.namespace::text, last.name::text, last.uid::text, last.at, last.revision, last.object::jsonb
      FROM (
        SELECT DISTINCT ON (e.resource, e.namespace, e.name) e.*
        FROM event AS e
        WHERE e.revision <= until AND (wanted IS NULL OR e.resource = wanted)
        ORDER BY e.resource, e.namespace, e.name, e.revision DESC
      ) AS last
      WHERE last.type <> 'DELETED';
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

-- VIEW k8s.object (resource text, namespace text, name text, uid text, at timestamp with time zone, revision bigint, object jsonb)

-- VIEW k8s.pod_phase (namespace text, name text, uid text, phase text, valid tstzrange, revision bigint)

-- VIEW k8s.versions (resource text, namespace text, name text, uid text, valid tstzrange, changed_by text, verb text, revision bigint, object jsonb)
