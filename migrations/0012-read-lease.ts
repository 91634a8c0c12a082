import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which writer knows that nobody else writes (libs/log/write/read-lease.ts), and whether somebody has asked it to give that up. */
export class ReadLease1790000000012 implements MigrationInterface {
  readonly name = 'ReadLease1790000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE head ADD COLUMN reader uuid, ADD COLUMN recalled boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE head DROP COLUMN reader, DROP COLUMN recalled');
  }
}
