import { rmSync } from 'node:fs';

/** Stops what servers-up.ts started; what it found running stays. */
export default async function serversDown(): Promise<void> {
  const servers = globalThis.decklogTestServers;
  if (!servers) return;
  globalThis.decklogTestServers = undefined;
  await Promise.all([servers.postgres?.stop(), servers.nats?.stop()]);
  if (servers.postgres) delete process.env.DECKLOG_TEST_DATABASE_URL;
  if (servers.nats) delete process.env.DECKLOG_TEST_NATS_URL;
  rmSync(servers.folder, { recursive: true, force: true });
}
