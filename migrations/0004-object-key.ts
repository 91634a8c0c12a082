import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The data keys of objects with secret material, wrapped by the master key, which is not in the database. Deleting a row erases the
 * object's secrets from all history, while the hash chain, which is over ciphertext, still verifies.
 */
export class ObjectKey1790000000004 implements MigrationInterface {
  readonly name = 'ObjectKey1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE object_key (
        uid        text        COLLATE "C" NOT NULL PRIMARY KEY,
        resource   text        COLLATE "C" NOT NULL,
        namespace  text        COLLATE "C" NOT NULL,
        name       text        COLLATE "C" NOT NULL,
        wrapped    bytea       NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX object_key_object_idx ON object_key (resource, namespace, name)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE object_key');
  }
}
