import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Relative, because jest maps `#lib` inside tests only.
import { startNats, type RunningNats } from '../../libs/embedded/nats';
import { startPostgres, type RunningPostgres } from '../../libs/embedded/postgres';

/** What runs for the suites, kept where servers-down.ts finds it: both are run by the same process. */
export interface TestServers {
  readonly folder: string;
  readonly postgres?: RunningPostgres;
  readonly nats?: RunningNats;
}

declare global {
  var decklogTestServers: TestServers | undefined;
}

/**
 * Starts the PostgreSQL and NATS that the .int and .e2e suites share, and names them in DECKLOG_TEST_DATABASE_URL and
 * DECKLOG_TEST_NATS_URL. One that is named there already is used as it is.
 */
export default async function serversUp(): Promise<void> {
  if (globalThis.decklogTestServers) return;
  const folder = mkdtempSync(join(tmpdir(), 'decklog-test-'));
  // PostgreSQL may have to run as another user than we do, who must get in.
  chmodSync(folder, 0o711);
  const [postgres, nats] = await Promise.all([
    process.env.DECKLOG_TEST_DATABASE_URL ? undefined : startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
    process.env.DECKLOG_TEST_NATS_URL ? undefined : startNats({ storeDir: join(folder, 'nats') }),
  ]);
  if (postgres) process.env.DECKLOG_TEST_DATABASE_URL = postgres.url;
  if (nats) process.env.DECKLOG_TEST_NATS_URL = nats.url;
  globalThis.decklogTestServers = { folder, postgres, nats };
}
