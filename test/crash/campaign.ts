import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '#lib/client/client';
import { LogAudit } from '../support/crash/log-audit';
import { RecordingWatcher } from '../support/crash/recording-watcher';
import { eventually } from '../support/program';
import { findings } from './check';
import type { CrashCluster, Victim } from './clusters/cluster';
import { strike, type Strike } from './faults';
import type { LogRow } from './history';
import { Load } from './load';
import { logRows } from './log-rows';
import { Service, type Outage } from './service';
import { storyOf } from './story';

const NAMESPACE = 'load';

/** One round: what happened, and how long the service was away after it was over. */
export interface Round extends Strike {
  readonly outage: Outage;
  /** Milliseconds of it that a process of the cluster was ready to run and got no CPU. */
  readonly starved: number;
}

/** What came of a campaign. */
export interface Result {
  readonly rounds: readonly Round[];
  /** Requests that were carried out, and entries of the log that they were compared with. */
  readonly requests: number;
  readonly entries: number;
  readonly breaks: number;
  /** What must not be. */
  readonly findings: readonly string[];
  /** The findings with what led to them, for people; '' without findings. */
  readonly story: string;
}

/**
 * Strikes a cluster so many times under load, and compares in the end what everybody was told with what the log says. `chosen`: whom
 * the first rounds strike, instead of drawing them. The cluster is disposed of.
 */
export async function campaign(
  cluster: CrashCluster,
  count: number,
  random: () => number,
  tell: (round: Round) => void = () => undefined,
  chosen: readonly Victim[] = [],
): Promise<Result> {
  const service = new Service(cluster.servers, NAMESPACE, random, cluster.isRedundant);
  await service.begin();
  const watchers = cluster.servers.map((server) => new RecordingWatcher(new Client(server), `/api/v1/namespaces/${NAMESPACE}/configmaps`, 1));
  const load = new Load(cluster.servers, NAMESPACE, random);
  const late = new LateWatchers(cluster);
  await service.again(performance.now()); // it has only just been started
  const rounds: Round[] = [];
  const struck: Strike[] = [];
  const failures: string[] = [];
  const deaths = new Map<string, number[]>();
  try {
    for (let i = 0; i < count; i++) {
      await service.scale();
      await late.next(load);
      await sleep(random() * 1_200);
      await cluster.whole?.();
      const before = waits(cluster);
      const done = await strike(cluster, random, deaths, chosen[i]);
      struck.push(done);
      const going = watchers.filter((_, server) => !done.servers.includes(server));
      const shown = (revision: number): Promise<unknown> => Promise.all(going.map((watcher) => watcher.reach(revision)));
      rounds.push({
        ...done,
        outage: await service.again(done.over, async (revision) => void (await shown(revision))),
        starved: starvedSince(before, cluster),
      });
      tell(rounds.at(-1) as Round);
      await done.rest;
    }
  } catch (error) {
    failures.push(
      `round ${rounds.length + 1}: ${(error as Error).stack}`,
      ...(await LogAudit.open(cluster.databaseUrl())
        .then((log) => log.activity().finally(() => log.close()))
        .catch((reason: Error) => [`PostgreSQL does not say what it does: ${reason.message}`])),
    );
  }
  await load.stop();
  const all = [...watchers, ...late.all];
  const audited = await audit(cluster, load, service, all).catch((error: Error) => ({ rows: [], findings: [`the log could not be compared: ${error.stack}`] }));
  const found = [...failures, ...audited.findings];
  const story = storyOf({
    findings: found,
    rounds: struck,
    operations: load.operations,
    rows: audited.rows,
    watches: all.map((watcher, i) => ({ server: i % cluster.servers.length, watcher })),
    output: cluster.output(),
  });
  await Promise.all(all.map((watcher) => watcher.stop()));
  service.close();
  await cluster.dispose();
  return { rounds, requests: load.done, entries: audited.rows.length, breaks: watchers.reduce((sum, { breaks }) => sum + breaks, 0), findings: found, story };
}

/** What the kernel has counted for the main thread of each process: how long it was ready to run and had to wait. */
function waits(cluster: CrashCluster): Map<number, number> {
  return new Map(
    cluster.victims.flatMap((victim) => {
      try {
        const pid = victim.pid();
        return [[pid, Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6] as const];
      } catch {
        return []; // another system, or it is away
      }
    }),
  );
}

/** The most that one of them waited since, those that were started since included. */
const starvedSince = (before: ReadonlyMap<number, number>, cluster: CrashCluster): number =>
  Math.max(0, ...[...waits(cluster)].map(([pid, ms]) => ms - (before.get(pid) ?? 0)));

/** The outage as it would have been on a machine that does nothing else: without that wait. */
export const onAQuietMachine = ({ outage, starved }: Round): number => Math.max(0, outage.pods - starved);

/** Watches that begin at what was the newest revision of somebody's, one more every round. */
class LateWatchers {
  readonly all: RecordingWatcher[] = [];

  constructor(private readonly cluster: CrashCluster) {}

  async next(load: Load): Promise<void> {
    const from = Math.max(1, ...load.operations.slice(-50).map(({ revision = 0 }) => revision));
    const server = this.cluster.servers[this.all.length % this.cluster.servers.length];
    if (server && this.all.length < 12) this.all.push(new RecordingWatcher(new Client(server), `/api/v1/namespaces/${NAMESPACE}/configmaps`, from));
  }
}

/** By a reader that uses nothing of ours but the table. */
async function audit(
  cluster: CrashCluster,
  load: Load,
  service: Service,
  watchers: readonly RecordingWatcher[],
): Promise<{ rows: readonly LogRow[]; findings: string[] }> {
  const log = await LogAudit.open(cluster.databaseUrl());
  try {
    const rows = await logRows(cluster.databaseUrl(), NAMESPACE);
    const seen: string[] = [];
    for (const watcher of watchers) seen.push(...(await misseen(watcher, log)));
    const { made, removed } = service.wanted;
    // A pod that is no longer counted may still be ending.
    const pods = await eventually('pods', async () => (await log.podsEver(NAMESPACE)).removed === removed && log.podsEver(NAMESPACE), 10_000).catch(() =>
      log.podsEver(NAMESPACE),
    );
    return {
      rows,
      findings: [
        ...(await log.damage()),
        ...load.wrong,
        ...findings(load.operations, rows),
        ...(await log.causeless()),
        ...(pods.made === made && pods.removed === removed && pods.starts <= 1
          ? []
          : [`pods: ${JSON.stringify(pods)} instead of ${JSON.stringify({ made, removed, starts: 1 })}`]),
        ...seen,
      ],
    };
  } finally {
    await log.close();
  }
}

async function misseen(watcher: RecordingWatcher, log: LogAudit): Promise<string[]> {
  const changes = await log.changes('configmaps', NAMESPACE, watcher.from);
  await watcher.reach(changes.at(-1)?.revision ?? 0).catch(() => undefined);
  const differs = changes.findIndex((change, i) => JSON.stringify(change) !== JSON.stringify(watcher.seen[i]));
  const index = differs < 0 && watcher.seen.length > changes.length ? changes.length : differs;
  const where = `the watch from ${watcher.from}`;
  return [
    ...watcher.wrong.map((text) => `${where} was told ${text}`),
    ...(index < 0 ? [] : [`${where} has seen ${JSON.stringify(watcher.seen[index])} where the log has ${JSON.stringify(changes[index])}`]),
  ];
}
