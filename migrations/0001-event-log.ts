import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log itself. The columns are fixed for ever: what was not written down cannot be added to the past.
 *
 * - json and not jsonb, because the hash is over the exact text.
 * - Text is COLLATE "C": compared as bytes it is twice as fast to index, and sorts as Kubernetes sorts.
 * - Nothing but the two unique orders (by revision, by object and revision), an index on uid and a BRIN on `at`, which is a few kB
 *   per partition. Reads by time search the primary key instead, because `at` rises with the revision.
 * - `head` is the one row that all writers take: it makes commit order = number order. Half-empty pages keep its updates in place.
 */
export class EventLog1790000000001 implements MigrationInterface {
  readonly name = 'EventLog1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event (
        revision  bigint      NOT NULL PRIMARY KEY,
        at        timestamptz NOT NULL,
        type      text        COLLATE "C" NOT NULL CHECK (type IN ('ADDED', 'MODIFIED', 'DELETED')),
        resource  text        COLLATE "C" NOT NULL,
        namespace text        COLLATE "C" NOT NULL,
        name      text        COLLATE "C" NOT NULL,
        uid       text        COLLATE "C" NOT NULL,
        object    json        NOT NULL,
        actor     json        NOT NULL,
        request   json        NOT NULL,
        cause     bigint[]    NOT NULL,
        decision  json,
        trace     text,
        hash      bytea       NOT NULL CHECK (octet_length(hash) = 32)
      ) PARTITION BY RANGE (revision)`);
    await runner.query('CREATE INDEX event_object_idx ON event (resource, namespace, name, revision)');
    await runner.query('CREATE INDEX event_uid_idx ON event (uid)');
    await runner.query('CREATE INDEX event_at_idx ON event USING brin (at) WITH (pages_per_range = 64)');

    await runner.query(`
      CREATE TABLE head (
        one      boolean     NOT NULL DEFAULT true PRIMARY KEY CHECK (one),
        revision bigint      NOT NULL,
        hash     bytea       NOT NULL CHECK (octet_length(hash) = 32),
        at       timestamptz NOT NULL
      ) WITH (fillfactor = 10)`);
    await runner.query(`INSERT INTO head (revision, hash, at) VALUES (0, decode(repeat('0', 64), 'hex'), to_timestamp(0))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE head');
    await runner.query('DROP TABLE event');
  }
}
