import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What one run of kubectl did, by its session. Only requests that tell a session are in it: the entries of controllers, most of the log,
 * pay nothing.
 */
export class SessionIndex1790000000006 implements MigrationInterface {
  readonly name = 'SessionIndex1790000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX event_session_idx ON event ((request ->> 'session')) WHERE (request ->> 'session') IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX event_session_idx');
  }
}
