import '#lib/loading/use';
import 'reflect-metadata';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { openLog } from '#lib/log/open-log';
import { KEPT_CONNECTIONS } from '#lib/log/database/pool';
import { PostgresPresence } from '#lib/log/write/presence';
import { openSealer } from '#lib/log/secret/open-sealer';
import { readConfig } from './config';
import { startApi } from './start';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const opened = await openLog({ url: config.DATABASE_URL, kept: KEPT_CONNECTIONS });
  const bus = await JetStreamBus.connect({ url: config.NATS_URL, name: 'api' });
  const sealer = openSealer(opened.pool, config.DECKLOG_PKI_DIR);
  const api = await startApi({
    log: opened.log,
    bus,
    sealer,
    presence: new PostgresPresence(config.DATABASE_URL, opened.log.writer),
    pkiDir: config.DECKLOG_PKI_DIR,
    host: config.DECKLOG_HOST,
    port: config.DECKLOG_PORT,
    advertise: config.DECKLOG_ADVERTISE,
  });
  process.stdout.write(`api: listening on ${config.DECKLOG_HOST}:${api.port}\n`);
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await api.stop();
    await bus.close();
    await opened.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

main().catch((error: Error) => {
  process.stderr.write(`api: ${error.message}\n`);
  process.exit(1);
});
