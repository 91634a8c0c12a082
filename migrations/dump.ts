import type { ClientBase } from 'pg';

/** Everything in the schema but the partitions, which follow the data, and TypeORM's own table. */
const TABLES = `
  SELECT oid, relname AS name, relkind = 'p' AS partitioned, pg_get_partkeydef(oid) AS key, reloptions AS options
  FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'migration'
  ORDER BY relname`;

const COLUMNS = `
  SELECT format('%I %s', attname, format_type(atttypid, atttypmod))
    || CASE WHEN attcollation <> 0 AND attcollation <> (SELECT typcollation FROM pg_type WHERE oid = atttypid)
            THEN format(' COLLATE %I', (SELECT collname FROM pg_collation WHERE oid = attcollation)) ELSE '' END
    || CASE WHEN attstorage <> (SELECT typstorage FROM pg_type WHERE oid = atttypid)
            THEN ' STORAGE ' || CASE attstorage WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' WHEN 'x' THEN 'EXTENDED' ELSE 'PLAIN' END ELSE '' END
    || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
    || coalesce(' DEFAULT ' || (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum), '') AS line
  FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

/** NOT NULL stands with the column; PostgreSQL 18 also lists it as a constraint, older ones do not. */
const CONSTRAINTS = `
  SELECT format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS line
  FROM pg_constraint WHERE conrelid = $1 AND contype <> 'n' ORDER BY contype DESC, conname`;

const INDEXES = `
  SELECT pg_get_indexdef(indexrelid) AS line FROM pg_index
  WHERE indrelid = $1 AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY 1`;

const FUNCTIONS = `
  SELECT rtrim(pg_get_functiondef(oid), E'\\n') || ';' AS line FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'k8s'::regnamespace) AND prokind = 'f'
  ORDER BY pronamespace::regnamespace::text DESC, proname, pg_get_function_identity_arguments(oid)`;

const AGGREGATES = `
  SELECT format('CREATE AGGREGATE %s (SFUNC = %s, STYPE = %s);', p.oid::regprocedure, aggtransfn::regproc, format_type(aggtranstype, NULL)) AS line
  FROM pg_aggregate JOIN pg_proc AS p ON p.oid = aggfnoid WHERE pronamespace = 'public'::regnamespace ORDER BY proname`;

/** Views by their columns: servers of different versions write their text differently. */
const VIEWS = `
  SELECT format('-- VIEW %s (%s)', oid::regclass, (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0)) AS line
  FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'k8s'::regnamespace) AND relkind IN ('v', 'c') ORDER BY 1`;

interface Table {
  readonly oid: number;
  readonly name: string;
  readonly partitioned: boolean;
  readonly key: string | null;
  readonly options: readonly string[] | null;
}

/** The schema as text, the same on every server: what migrations/schema.sql holds. */
export async function dumpSchema(client: ClientBase): Promise<string> {
  const lines = async (sql: string, values: unknown[] = []): Promise<string[]> =>
    (await client.query<{ line: string }>(sql, values)).rows.map(({ line }) => line);
  const parts = ['-- What the migrations amount to. Written by UPDATE_SCHEMA=1 npx jest migrations --selectProjects int; do not edit.'];
  for (const { oid, name, partitioned, key, options } of (await client.query<Table>(TABLES)).rows) {
    const body = [...(await lines(COLUMNS, [oid])), ...(await lines(CONSTRAINTS, [oid]))].map((line) => `  ${line}`).join(',\n');
    const tail = (partitioned ? ` PARTITION BY ${key}` : '') + (options ? ` WITH (${options.join(', ')})` : '');
    parts.push([`CREATE TABLE ${name} (\n${body}\n)${tail};`, ...(await lines(INDEXES, [oid])).map((line) => `${line};`)].join('\n'));
  }
  parts.push(...(await lines(FUNCTIONS)), ...(await lines(AGGREGATES)), ...(await lines(VIEWS)));
  return `${parts.join('\n\n')}\n`;
}
