import '#lib/loading/use';
import { Logger } from '@nestjs/common';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { openLog } from '#lib/log/open-log';
import { readConfig } from '#lib/runtime/config';
import { serveHealth } from '#lib/runtime/health';
import { startControllers } from '#lib/runtime/host';
import { nodeAgent } from './agent';
import { readNodeConfig } from './config';
import { answerLogs } from './node-logs';
import { SimulatedRuntime } from './runtimes/simulated';

/** Unlike other controllers an agent takes no lease: its nodes are its own, and no other process may play them. */
async function start(closing: (() => Promise<void>)[]): Promise<string> {
  const config = readConfig(process.env);
  const { nodes, timings, labels } = readNodeConfig(process.env);
  const opened = await openLog({ url: config.DATABASE_URL, applicationName: 'decklog node', poolSize: 2 });
  closing.push(() => opened.close());
  const bus = await JetStreamBus.connect({ url: config.NATS_URL, name: 'node' });
  closing.push(() => bus.close());
  const runtime = new SimulatedRuntime(timings);
  const running = await startControllers(nodeAgent({ nodes, runtime, labels }), { log: opened.log, bus });
  closing.push(() => running.stop());
  const { world } = running.follower;
  const logs = await answerLogs(bus, world, nodes, runtime);
  closing.push(() => logs.close());
  if (config.HEALTH_PORT !== undefined) {
    const health = await serveHealth(config.HEALTH_PORT, () => world.revision > 0);
    closing.push(() => health.close());
  }
  return nodes.length > 4 ? `${nodes.length} nodes` : nodes.join(', ');
}

async function main(): Promise<void> {
  const logger = new Logger('node');
  const closing: (() => Promise<void>)[] = [];
  try {
    logger.log(`plays ${await start(closing)}`);
    await new Promise<void>((resolve) => ['SIGTERM', 'SIGINT'].forEach((signal) => process.once(signal, () => resolve())));
  } catch (error) {
    logger.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  for (const close of closing.reverse()) await close().catch((error: unknown) => logger.warn(error));
  process.exit();
}

void main();
