import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'nats';
import { natsOptions } from '#lib/bus/connect';
import { type Client, Refused } from '#lib/client/client';
import { seeded } from '#lib/reconcile/seeded';
import { LogAudit } from '../support/crash/log-audit';
import { OwnCluster } from '../support/crash/own-cluster';
import { RecordingWatcher } from '../support/crash/recording-watcher';
import { RecordingWriter } from '../support/crash/recording-writer';
import { whyNoDisks } from '../support/crash/small-disk';
import { childrenOf, eventually } from '../support/program';

const NODES = 6;
const REPLICAS = 60;
/** A fault comes at most so long after a rollout has begun, which takes about a second. */
const WITHIN_MS = 800;

const seed = Number(process.env.DECKLOG_TEST_SEED ?? randomInt(1_000_000));
const random = seeded(seed);

const ending =
  (signal: NodeJS.Signals) =>
  async (cluster: OwnCluster): Promise<void> => {
    const code = await cluster.program.end(signal);
    if (signal !== 'SIGKILL') expect(code).toBe(0);
    await cluster.start();
  };

const killing =
  (server: 'postgres' | 'nats-server') =>
  async (cluster: OwnCluster): Promise<void> => {
    const before = cluster.program.output.length;
    process.kill(cluster.serverPid(server), 'SIGKILL');
    await eventually(`${server} again`, async () => cluster.program.output.slice(before).includes('runs again'));
  };

/** Nobody has time to write anything down; the next start finds a stale lock, a stale pid file and torn files. */
async function cutPower(cluster: OwnCluster): Promise<void> {
  const servers = [cluster.serverPid('postgres'), cluster.serverPid('nats-server')];
  for (const pid of [cluster.program.pid, ...servers]) process.kill(pid, 'SIGKILL');
  await cluster.program.exit();
  await cluster.start();
}

/** Dies again at a random moment of its start. */
async function dieWhileStarting(cluster: OwnCluster): Promise<void> {
  await cluster.program.end('SIGKILL');
  const starting = cluster.start().catch(() => undefined);
  await sleep(random() * 2_500);
  await cluster.program.end('SIGKILL');
  await starting;
  await cluster.start();
}

async function loseJetStreamFiles(cluster: OwnCluster): Promise<void> {
  const store = join(cluster.home, 'nats', 'jetstream');
  expect(readdirSync(store)).not.toEqual([]);
  rmSync(store, { recursive: true });
}

async function deleteStream(cluster: OwnCluster): Promise<void> {
  const connection = await connect(natsOptions(cluster.natsUrl));
  await (await connection.jetstreamManager()).streams.delete('LOG');
  await connection.close();
}

/** Forward, or, once it is, back again. */
const steppingClock =
  (hours: number) =>
  async (cluster: OwnCluster): Promise<void> => {
    cluster.stepClock(hours * 3_600_000);
    await sleep(300); // until the other process has noticed
  };

const MAPS = '/api/v1/namespaces/load/configmaps';

/** Until a write is refused; then there is space again. */
async function fillDiskOfPostgres(cluster: OwnCluster): Promise<void> {
  const client = cluster.client();
  const disk = cluster.disk('postgres');
  disk.fill();
  try {
    // What is there of WAL files may last for a while: large objects use it up.
    const isRefused = (): Promise<boolean> =>
      client
        .send('POST', MAPS, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { generateName: 'large-' },
          data: { large: randomBytes(300_000).toString('base64') },
        })
        .then(
          () => false,
          (error: Error) => error instanceof Refused && (error.code === 503 || error.code === 504),
        );
    await eventually('a write that is refused', isRefused);
  } finally {
    disk.free();
    client.close();
  }
}

/** The log does not need NATS: writes go on all the while. */
async function fillDiskOfNats(cluster: OwnCluster, writer: RecordingWriter): Promise<void> {
  const disk = cluster.disk('nats');
  disk.fill();
  await writer.progress(60).finally(() => disk.free());
}

/** As if every write of PostgreSQL took most of a second: its processes are held up again and again. */
async function slowDisk(cluster: OwnCluster, writer: RecordingWriter): Promise<void> {
  const written = writer.acknowledged.size;
  for (let pulse = 0; pulse < 6; pulse++) {
    const held = childrenOf(cluster.serverPid('postgres'));
    for (const signal of ['SIGSTOP', 'SIGCONT'] as const) {
      for (const pid of held) signalIfThere(pid, signal);
      await sleep(signal === 'SIGSTOP' ? 700 : 100);
    }
  }
  expect(writer.acknowledged.size).toBeGreaterThan(written);
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

type Fault = readonly [what: string, strike: (cluster: OwnCluster, writer: RecordingWriter) => Promise<void>, mayRefuse?: 'may refuse'];

const noDisks = whyNoDisks();

/** Starts are what takes long: of faults that end the process, one of a sort is drawn. */
const oneOf = (...some: readonly Fault[]): readonly Fault[] =>
  process.env.DECKLOG_TEST_ALL_FAULTS ? some : [some[Math.floor(random() * some.length)] as Fault];

const faults: readonly Fault[] = [
  ...oneOf(['Ctrl-C', ending('SIGINT')], ['SIGTERM', ending('SIGTERM')]),
  ...oneOf(['kill -9', ending('SIGKILL')], ['kill -9 while it starts after a kill -9', dieWhileStarting]),
  ['kill -9 of everything at once', cutPower],
  ['kill -9 of PostgreSQL', killing('postgres')],
  ['kill -9 of NATS', killing('nats-server')],
  ['the loss of the files of JetStream', loseJetStreamFiles],
  ['the loss of the stream', deleteStream],
  ['a slow disk of PostgreSQL', slowDisk],
  ...(noDisks === undefined ? [['a full disk of PostgreSQL', fillDiskOfPostgres, 'may refuse'] as const] : []),
  ['a clock that is set forward by an hour', steppingClock(1)],
  ['a clock that is set back by an hour', steppingClock(0)],
  // NATS falls silent for good then, and `up` takes up to 20 s to believe it: the last one, and only when all faults are asked for.
  ...(noDisks === undefined && process.env.DECKLOG_TEST_ALL_FAULTS ? [['a full disk of NATS', fillDiskOfNats] as const] : []),
];

const deployment = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: REPLICAS,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  },
});

/** A whole cluster as a user starts it; in the middle of a rollout and of other people's writes something dies. */
describe(`stopped in any way, the cluster goes on where it was (DECKLOG_TEST_SEED=${seed})`, () => {
  let cluster: OwnCluster;
  let client: Client;
  let writer: RecordingWriter;
  let watchers: Record<'configmaps' | 'pods', RecordingWatcher>;
  let audit: LogAudit;

  const namespaced = (rest: string): string => `/api/v1/namespaces/load${rest}`;
  const watch = (resource: string, from: number): RecordingWatcher => new RecordingWatcher(cluster.client(), namespaced(`/${resource}`), from);

  beforeAll(async () => {
    cluster = await OwnCluster.create(NODES);
    if (noDisks === undefined) cluster.mountDisks();
    await cluster.start();
    client = cluster.client();
    await client.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'load' } });
    const { metadata } = await client.get<{ metadata: { resourceVersion: string } }>(namespaced('/configmaps'));
    const from = Number(metadata.resourceVersion);
    watchers = { configmaps: watch('configmaps', from), pods: watch('pods', from) };
    writer = new RecordingWriter(cluster.client(), 'load');
    await eventually('ready nodes', () =>
      client
        .get<{ items: { status: { conditions?: { type: string; status: string }[] } }[] }>('/api/v1/nodes')
        .then(
          ({ items }) =>
            items.length === NODES && items.every(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')),
        ),
    );
  }, 60_000);

  afterAll(async () => {
    await cluster?.dispose(); // first: a request that never ends must not keep it
    await writer?.stop();
    await Promise.all(Object.values(watchers ?? {}).map((watcher) => watcher.stop()));
    client?.close();
    await audit?.close();
  }, 60_000);

  const ready = async (name: string): Promise<boolean> => {
    const { status } = await client.get<{ status: { readyReplicas?: number; replicas?: number } }>(`/apis/apps/v1/namespaces/load/deployments/${name}`);
    return status.readyReplicas === REPLICAS && status.replicas === REPLICAS;
  };

  test.each(faults.map(([what, strike, mayRefuse]) => ({ what, strike, mayRefuse })))(
    'a rollout and all writes survive $what',
    async ({ what, strike, mayRefuse }) => {
      const name = `web-${faults.findIndex(([one]) => one === what)}`;
      await client.send('POST', '/apis/apps/v1/namespaces/load/deployments', deployment(name));
      await sleep(random() * WITHIN_MS);
      const process = cluster.program.pid;
      const unanswered = writer.unanswered.length;
      await strike(cluster, writer);
      await writer.progress(20);
      // A server that dies below the API server is not its clients' affair: they wait a moment.
      if (cluster.program.pid === process && !mayRefuse) expect(writer.unanswered.slice(unanswered)).toEqual([]);
      await eventually(`all pods of ${name}`, () => ready(name), 60_000);
    },
    120_000,
  );

  if (noDisks !== undefined) test.skip(`full disks (not played on this machine: ${noDisks})`, () => undefined);

  test('every acknowledged write is there exactly once, in one unbroken chain', async () => {
    await writer.stop();
    audit = await LogAudit.open(cluster.databaseUrl);
    expect(writer.wrong).toEqual([]);
    expect(writer.acknowledged.size).toBeGreaterThan(100);
    expect(await audit.unkept('load', writer.acknowledged.values())).toEqual([]);
    expect(await audit.damage()).toEqual([]);
    expect((await cluster.verb('verify')).output).toMatch(/^ok: /);
  }, 120_000);

  test('whoever watched has seen every change once and in order', async () => {
    for (const [resource, watcher] of Object.entries(watchers)) {
      const changes = await audit.changes(resource, 'load', watcher.from);
      await watcher.reach(changes.at(-1)?.revision ?? 0);
      expect(watcher.wrong).toEqual([]);
      expect(watcher.breaks).toBeGreaterThanOrEqual(3); // it was cut off every time
      expect(watcher.seen).toEqual(changes);
    }
  }, 60_000);

  test('every decision says which earlier entry led to it, heartbeats and those after a start too', async () => {
    expect(await audit.causeless()).toEqual([]);
  }, 60_000);

  test('no pod was made twice and no container started twice', async () => {
    expect(await audit.podsEver('load')).toEqual({ made: REPLICAS * faults.length, removed: 0, starts: 1 });
  }, 60_000);
});
