import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where a fold may start instead of at revision 0. `live` holds the revisions of the last entry of every object there was, as
 * libs/log/entry/delta.ts writes them. A view: all of it can be thrown away and computed again from the log.
 */
export class Checkpoint1790000000003 implements MigrationInterface {
  readonly name = 'Checkpoint1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE checkpoint (revision bigint NOT NULL PRIMARY KEY, live bytea NOT NULL)');
    await runner.query('ALTER TABLE checkpoint ALTER COLUMN live SET STORAGE EXTERNAL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE checkpoint');
  }
}
