import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pod } from '#lib/api/core/pod/pod';
import { startPostgres } from '#lib/embedded/postgres';
import { PostgresKeyStore } from '#lib/log/secret/key-store';
import type { LogEvent } from '#lib/log/log';
import { MasterKey } from '#lib/log/secret/master-key';
import { openLog } from '#lib/log/open-log';
import { PostgresLog } from '#lib/log/postgres-log';
import { Sealer } from '#lib/log/secret/seal';
import { verifyChain } from '#lib/log/proof/verify';
import { Follower } from '#lib/runtime/follow';
import { blameOf } from '../../apps/api/history/blame';
import { HistoryReader } from '../../apps/api/history/reader';
import { Teller } from '../../apps/api/history/teller';
import { whyOf } from '../../apps/api/history/why';
import { Past } from '../../apps/api/read/past';
import { LiveWorld } from '../../apps/api/world/live-world';
import { History } from './history';

/**
 * What a long history costs: `node --max-semi-space-size=64 dist/test/bench/million.js [events] [pods]`, by default 1,000,000 and 5,000.
 * Fills an embedded PostgreSQL, with fsync, through the log's own append, and asks of it what the API server and the command line ask.
 * KEEP=folder keeps the database there, and uses it again.
 */
const [total, livePods] = [1_000_000, 5_000].map((standard, i) => Number(process.argv[2 + i] ?? standard)) as [number, number];
const BATCH = 1_000;
const STATUS_CHANGES = Math.min(50_000, Math.floor(total / 4));
/** As the API server writes them. */
const CHECKPOINT_EVERY = 10_000;

const lines: [string, string, string][] = [];
const tell = (what: string, figure: string, goal = ''): void => {
  lines.push([what, figure, goal]);
  process.stdout.write(`${what.padEnd(58)} ${figure.padStart(16)}   ${goal}\n`);
};
const ms = (times: readonly number[]): string => {
  const sorted = [...times].sort((a, b) => a - b);
  return `${(sorted[sorted.length >> 1] as number).toFixed(1)} / ${(sorted.at(-1) as number).toFixed(1)} ms`;
};
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

class Filler {
  private readonly live = new Map<string, { revision: number; resource: string }>();
  private checkpointed = 0;

  constructor(
    private readonly log: PostgresLog,
    private readonly history: History,
    private revision: number,
  ) {}

  async status(sizeOfLog: () => Promise<number>): Promise<void> {
    await this.append(this.history.start(this.revision + 1));
    const before = await sizeOfLog();
    for (let left = STATUS_CHANGES; left > 0; left -= BATCH) await this.append(this.history.statusChanges(this.revision + 1, Math.min(BATCH, left)));
    tell('bytes on disk per status change of a 3 kB pod', `${Math.round(((await sizeOfLog()) - before) / STATUS_CHANGES)}`, '≤ 700');
  }

  async fill(): Promise<void> {
    const [began, from] = [performance.now(), this.revision];
    while (this.revision < total) await this.append(this.history.next(this.revision + 1, Math.min(BATCH, total - this.revision)));
    tell('appended in batches of 1,000, with making them up', `${Math.round(((this.revision - from) * 1000) / (performance.now() - began))}/s`);
  }

  private async append(events: ReturnType<History['next']>): Promise<void> {
    for (let start = 0; start < events.length; start += BATCH) {
      const batch = events.slice(start, start + BATCH);
      this.revision = (await this.log.append(this.revision, batch)).revision;
      for (const event of batch) {
        const address = `${event.resource}/${event.namespace}/${event.name}`;
        if (event.type === 'DELETED') this.live.delete(address);
        else this.live.set(address, event);
      }
    }
    if (this.revision - this.checkpointed < CHECKPOINT_EVERY) return;
    this.checkpointed = this.revision;
    const entries = [...this.live.values()].sort((a, b) => a.revision - b.revision);
    await this.log.saveCheckpoint({
      revision: this.revision,
      live: entries.map(({ revision }) => revision),
      resources: entries.map(({ resource }) => resource),
    });
  }
}

async function ask(log: PostgresLog, sealer: Sealer): Promise<void> {
  const head = (await log.head()).revision;
  const random = (i: number): number => Math.floor(((((Math.sin(i * 12.9898) * 43758.5453) % 1) + 1) % 1) * (head - 1)) + 1;
  const world = new LiveWorld(log, sealer);
  const load = await timed(() => world.load());
  const follower = new Follower({ log, present: () => world.present() });
  const follow = await timed(() => follower.start());
  follower.stop();
  tell('the world of the API server, then that of the controllers', `${Math.round(load)} + ${Math.round(follow)} ms`, '≤ 5,000');
  const [cold, warm, single]: number[][] = [[], [], []];
  const past = new Past(log, sealer);
  for (let i = 1; i <= 12; i++) {
    const revision = random(i);
    cold?.push(await timed(() => past.worldAt(Pod, revision)));
    warm?.push(await timed(() => past.worldAt(Pod, revision)));
  }
  const found: LogEvent[] = [];
  for (let i = 1; i <= 60; i++) {
    const event = await log.event(random(100 + i));
    if (event && event.resource === 'pods' && event.type !== 'DELETED') found.push(event);
  }
  for (const { namespace, name, revision } of found) single?.push(await timed(() => past.objectAt(Pod, namespace, name, revision)));
  tell(`list of ${livePods} pods at a random revision, median / worst`, ms(cold as number[]), '≤ 1,000');
  tell('the same again', ms(warm as number[]), '≤ 50');
  tell('one pod at a random revision', ms(single as number[]));
  await stories(log, sealer, found, head);
  const whole = performance.now();
  let told = 0;
  const teller = new Teller(new HistoryReader(log, sealer));
  for await (const page of log.read({ upTo: Math.min(head, 100_000) })) told += (await teller.told(page)).length;
  tell('entries told in words, as `log --all` does, of the first 100,000', `${Math.round((told * 1000) / (performance.now() - whole))}/s`);
  const before = process.cpuUsage();
  const verdict = await verifyChain(log);
  const { user, system } = process.cpuUsage(before);
  tell('CPU of verify in this process, PostgreSQL left out', `${((user + system) / head).toFixed(1)} µs/entry`);
  tell('verify', `${verdict.entriesPerSecond}/s${verdict.ok ? '' : ` ${verdict.detail}`}`, '≥ 100,000');
}

async function stories(log: PostgresLog, sealer: Sealer, events: readonly LogEvent[], head: number): Promise<void> {
  const [why, history, blame]: number[][] = [[], [], []];
  const reader = new HistoryReader(log, sealer);
  for (const event of events) {
    const { resource, namespace, name, uid } = event;
    const range = { resources: [resource], namespace, name, upTo: head };
    why?.push(await timed(() => whyOf(log, { resource, namespace, name }, head)));
    history?.push(
      await timed(async () => {
        for await (const version of reader.versions(range)) void version;
      }),
    );
    blame?.push(await timed(() => blameOf(reader.versions({ ...range, uid }))));
  }
  tell('why of a random pod', ms(why as number[]), '≤ 50');
  tell('history of a random pod', ms(history as number[]), '≤ 50');
  tell('blame of a random pod', ms(blame as number[]), '≤ 50');
}

async function main(): Promise<void> {
  const dataDir = process.env.KEEP ?? mkdtempSync(join(tmpdir(), 'decklog-million-'));
  if (!process.env.KEEP) chmodSync(dataDir, 0o711);
  const server = await startPostgres({ dataDir });
  const history = new History(livePods);
  const { log, pool, close } = await openLog({ url: server.url });
  const filling = new PostgresLog(pool, { now: () => history.now() });
  const sizeOfLog = async (): Promise<number> => {
    await pool.query('VACUUM');
    const { rows } = await pool.query<{ bytes: string }>(
      `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relname ~ '^(entry|event)_[0-9]+$' OR relname IN ('origin', 'resource')`,
    );
    return Number(rows[0]?.bytes);
  };
  const start = (await log.head()).revision;
  const filler = new Filler(filling, history, start);
  if (start === 0) await filler.status(sizeOfLog);
  if (start < total) await filler.fill();
  await filling.close();
  tell('bytes on disk per event of all kinds', `${Math.round((await sizeOfLog()) / total)}`);
  await pool.query('ANALYZE');
  await ask(log, new Sealer(MasterKey.random(), new PostgresKeyStore(pool)));
  await close();
  await server.stop();
  if (!process.env.KEEP) rmSync(dataDir, { recursive: true, force: true });
}

void main();
