import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'pg';
import type { Stretch } from './block-threads';
import { connectionTo } from '#lib/log/database/connection';
import { PostgresLog } from '#lib/log/postgres-log';
import { soundBlocks } from './sound-blocks';
import { stillStreams } from '#lib/log/database/still-socket';

/** A thread of `blocksInThreads`: tells every sound block of its stretch, and ends. What it throws ends it, too. */
async function run({ url: given, after, upTo, roots }: Stretch): Promise<void> {
  const { url, Client } = connectionTo(given);
  const pool = new Pool({ connectionString: url, Client, max: 2, ...stillStreams(url) });
  pool.on('error', () => undefined); // whoever waits for that connection is told
  const log = new PostgresLog(pool);
  for await (const block of soundBlocks((start, end) => log.readChain(start, end), after, upTo, undefined, roots))
    parentPort?.postMessage(block);
  await log.close();
  await pool.end();
}

void run(workerData as Stretch);
