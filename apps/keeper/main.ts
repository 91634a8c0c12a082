import '#lib/loading/use';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { type KeeperConfig, readConfig } from './config';
import { Database } from './database';
import { Keeper, WITNESS } from './keeper';
import { type Question, type Verdict, Witness } from './witness';

/** A server of NATS that hangs must be left before the promises of a leader end. */
const PING_MS = 300;

/** On the disk, before anybody is told. */
function keepIn(file: string): (verdict: Verdict) => void {
  return (verdict) => {
    const draft = openSync(`${file}.draft`, 'w', 0o600);
    writeSync(draft, JSON.stringify(verdict));
    fsyncSync(draft);
    closeSync(draft);
    renameSync(`${file}.draft`, file);
    const folder = openSync(join(file, '..'), 'r');
    fsyncSync(folder);
    closeSync(folder);
  };
}

async function start(config: KeeperConfig, bus: JetStreamBus): Promise<() => Promise<void>> {
  if (config.name === 'witness') {
    const file = join(config.folder, 'witness.json');
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Verdict) : undefined;
    const witness = new Witness(kept, keepIn(file), () => performance.now());
    const answering = await bus.answer(WITNESS, 'witness', (question) => witness.answer(question as Question));
    return () => answering.close();
  }
  const keeper = new Keeper(config, bus, new Database(config));
  void keeper.run();
  return () => keeper.stop();
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const bus = await JetStreamBus.connect({ url: config.natsUrl, name: `keeper ${config.name}`, pingMs: PING_MS });
  const stop = await start(config, bus);
  process.stdout.write(`keeper: ${config.name} started\n`);
  await new Promise<void>((done) => ['SIGTERM', 'SIGINT'].forEach((signal) => process.once(signal, () => done())));
  await stop();
  await bus.close();
  process.exit();
}

main().catch((error: Error) => {
  new Logger('keeper').error(error.message);
  process.exit(1);
});
