import '../loading/use';
import { Logger } from '@nestjs/common';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { openLog } from '#lib/log/open-log';
import type { Controller } from '#lib/reconcile/controller';
import { readConfig } from './config';
import { serveHealth } from './health';
import { startControllers } from './host';
import { PostgresLeases } from './leases';
import { tracer } from './tracing/tracer';

/** Few: a follower reads the log at its start and after breaks, seldom in between. */
const POOL_SIZE = 2;

/**
 * The whole of every controller's `main.ts`: runs it in this process until SIGTERM or SIGINT. Several instances may run; one is
 * active, the others take over within seconds. Ends the process with code 1 when it cannot start.
 */
export async function run(controller: Controller): Promise<void> {
  const logger = new Logger(controller.name);
  const closing: (() => Promise<void>)[] = [async () => tracer?.flush()];
  try {
    await start(controller, closing);
    say(controller, 'started');
    say(controller, `stopping on ${await endSignal()}`);
  } catch (error) {
    logger.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  for (const close of closing.reverse()) await close().catch((error: unknown) => logger.warn(error));
  process.exit();
}

/** What is opened is put on `closing`, also when a later step fails. */
async function start(controller: Controller, closing: (() => Promise<void>)[]): Promise<void> {
  const config = readConfig(process.env);
  const opened = await openLog({ url: config.DATABASE_URL, applicationName: `decklog ${controller.name}`, poolSize: POOL_SIZE });
  closing.push(() => opened.close());
  const bus = await JetStreamBus.connect({ url: config.NATS_URL, name: controller.name });
  closing.push(() => bus.close());
  const leases = new PostgresLeases(config.DATABASE_URL);
  const running = await startControllers([controller], { log: opened.log, bus, leases });
  closing.push(() => running.stop());
  if (config.HEALTH_PORT === undefined) return;
  const health = await serveHealth(config.HEALTH_PORT, () => running.follower.world.revision > 0);
  closing.push(() => health.close());
}

/** Not through Nest's logger, which is set to warnings so that fifteen microservices in one process stay quiet. */
const say = (controller: Controller, text: string): void => void process.stdout.write(`${controller.name}: ${text}\n`);

const endSignal = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
