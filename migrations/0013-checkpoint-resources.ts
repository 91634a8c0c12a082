import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Of each entry of a checkpoint the number of its resource (libs/log/read/checkpoint.ts), so that who asks for the pods of a moment need
 * not look at every lease and Event that lived then. Checkpoints from before have none.
 */
export class CheckpointResources1790000000013 implements MigrationInterface {
  readonly name = 'CheckpointResources1790000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE checkpoint ADD COLUMN resources bytea');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE checkpoint DROP COLUMN resources');
  }
}
