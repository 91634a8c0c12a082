import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Partitions of one million revisions (1–5 GB), made ahead of need, so that retention drops a file instead of deleting rows.
 *
 * `event_partitions(upto)` makes all that are missing up to and including revision `upto`. A partition is created apart and then
 * attached: CREATE TABLE … PARTITION OF would lock out readers and writers of the whole log, ATTACH lets both go on. The new
 * one is empty, so there is nothing to check. Object texts stay uncompressed in the row below 8 kB (toast_tuple_target).
 */
export class Partitions1790000000002 implements MigrationInterface {
  readonly name = 'Partitions1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION event_partitions(upto bigint) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        size CONSTANT bigint := 1000000;
        part text;
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('decklog event_partitions'));
        FOR n IN 0 .. upto / size LOOP
          part := 'event_' || lpad(n::text, 6, '0');
          CONTINUE WHEN to_regclass(part) IS NOT NULL;
          CONTINUE WHEN n < (SELECT revision FROM head) / size; -- dropped by retention
          EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
          EXECUTE format('ALTER TABLE %I ALTER COLUMN object SET STORAGE EXTERNAL', part);
          EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160)', part);
          EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, n * size, (n + 1) * size);
        END LOOP;
      END $$`);
    await runner.query('SELECT event_partitions(1000000)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION event_partitions(bigint)');
  }
}
