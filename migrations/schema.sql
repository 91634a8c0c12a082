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
