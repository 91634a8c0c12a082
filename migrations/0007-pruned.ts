import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is left of an entry whose content retention took away: its hash, so that the chain and the Merkle tree go on over it, and which
 * Erasure said so. An entry is either in `event` or here.
 */
export class Pruned1790000000007 implements MigrationInterface {
  readonly name = 'Pruned1790000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE pruned (
        revision bigint NOT NULL PRIMARY KEY,
        hash     bytea  NOT NULL CHECK (octet_length(hash) = 32),
        erasure  bigint NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE pruned');
  }
}
