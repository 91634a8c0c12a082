import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What admission had to say about a request that it let pass: which webhooks changed it, which policies it would break. */
export class RequestAnnotations1790000000011 implements MigrationInterface {
  readonly name = 'RequestAnnotations1790000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE request ADD COLUMN annotations json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE request DROP COLUMN annotations');
  }
}
