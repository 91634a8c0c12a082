import { freshDatabase } from '../../test/support/database';
import { describeLog } from './log.contract';
import { PostgresLog } from './postgres-log';
import { dataSourceOf, poolOf } from './schema';

describeLog('the log in PostgreSQL', async (clock) => {
  const database = await freshDatabase();
  const sources = await Promise.all([1, 2].map(() => dataSourceOf({ url: database.url }).initialize()));
  const [log, other] = sources.map((source) => new PostgresLog(poolOf(source), { now: () => clock.now })) as [PostgresLog, PostgresLog];
  const end = async (): Promise<void> => {
    await Promise.all([log.close(), other.close()]);
    await Promise.all(sources.map((source) => source.destroy()));
    await database.drop();
  };
  return { log, other, end };
});
