import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was asked of the API, by policy: also what was refused, which the log knows nothing of. Written in the background, in batches, and
 * without waiting for the disk. Not part of the log: nothing is folded from it, and `retention` may drop it by age. As few indexes as
 * can be, because most of it is never read: the primary key is the order in which requests ended.
 */
export class Request1790000000009 implements MigrationInterface {
  readonly name = 'Request1790000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE request (
        seq             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id              text        NOT NULL,
        at              timestamptz NOT NULL,
        took_ms         real        NOT NULL,
        level           text        NOT NULL,
        user_name       text        NOT NULL,
        groups          text[]      NOT NULL,
        impersonated_by text,
        user_agent      text,
        address         text,
        command         text,
        verb            text        NOT NULL,
        resource        text        NOT NULL,
        subresource     text        NOT NULL,
        namespace       text        NOT NULL,
        name            text        NOT NULL,
        path            text        NOT NULL,
        code            int         NOT NULL,
        verdict         text        NOT NULL,
        reason          text,
        message         text,
        revision        bigint      NOT NULL,
        body            json
      )`);
    await runner.query('CREATE INDEX request_at_idx ON request USING brin (at)');
    await runner.query('CREATE INDEX request_refused_idx ON request (seq) WHERE code >= 400');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE request');
  }
}
