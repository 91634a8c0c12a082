import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freshDatabase } from '../test/support/database';
import { dumpSchema } from './dump';

test('schema.sql is what the migrations make', async () => {
  const database = await freshDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const dump = await dumpSchema(client);
    const file = join(__dirname, 'schema.sql');
    if (process.env.UPDATE_SCHEMA) writeFileSync(file, dump);
    expect(readFileSync(file, 'utf8')).toBe(dump);
  } finally {
    await client.end();
    await database.drop();
  }
});
