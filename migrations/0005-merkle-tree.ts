import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The Merkle tree over the entries' hashes, for proofs. Only nodes of height 8, 16, 24 … are kept: each stands for 256 of the height
 * below, so that the tree takes 1/255 row per entry, and what is missing in between is hashed again from 256 rows at most. It is
 * made in the background from what is committed, so an append pays nothing for it. A view, but for `tree_head`: the signed heads that
 * were given away.
 */
export class MerkleTree1790000000005 implements MigrationInterface {
  readonly name = 'MerkleTree1790000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tree_node (
        height smallint NOT NULL,
        index  bigint   NOT NULL,
        hash   bytea    NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (height, index)
      )`);
    await runner.query('CREATE TABLE tree_head (size bigint NOT NULL PRIMARY KEY, head json NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tree_head');
    await runner.query('DROP TABLE tree_node');
  }
}
