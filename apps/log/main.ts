import '#lib/loading/use';
import { Logger } from '@nestjs/common';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { openLog } from '#lib/log/open-log';
import { readConfig } from '#lib/runtime/config';
import { serveHealth } from '#lib/runtime/health';
import { PostgresLeases } from '#lib/runtime/leases';
import { Relay } from './relay';

/** The follower's LISTEN, and reads. */
const POOL_SIZE = 3;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const { log, close } = await openLog({ url: config.DATABASE_URL, applicationName: 'decklog relay', poolSize: POOL_SIZE });
  const bus = await JetStreamBus.connect({ url: config.NATS_URL, name: 'relay' });
  const leases = new PostgresLeases(config.DATABASE_URL);
  leases.hold('relay', new Relay({ log, bus }));
  const health = config.HEALTH_PORT === undefined ? undefined : await serveHealth(config.HEALTH_PORT, () => true);

  const stop = async (): Promise<void> => {
    await leases.close();
    await health?.close();
    await bus.close();
    await close();
    process.exit();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
}

main().catch((error: unknown) => {
  new Logger('Relay').error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
