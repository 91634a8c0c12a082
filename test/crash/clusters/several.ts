import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { natsOptions } from '#lib/bus/connect';
import { accessFrom, type Access } from '#lib/client/kubeconfig';
import { cleanUpAfterUs } from '../../support/crash/janitor';
import { childrenOf, eventually, Program } from '../../support/program';
import { Asker } from '../asker';
import type { CrashCluster, Victim } from './cluster';

/** Ten ports from there on are `up --ha`'s. */
const PORTS = { from: 22_000, upTo: 30_000 };

/** `decklog up --ha`: several of everything, of which any one may be lost at a time. */
export async function several(): Promise<CrashCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-crash-'));
  chmodSync(folder, 0o711); // PostgreSQL may have to run as another user than we do
  cleanUpAfterUs(folder);
  const home = join(folder, 'home');
  const port = PORTS.from + 10 * (process.pid % ((PORTS.upTo - PORTS.from) / 10));
  const program = new Program('apps/cli/main.js', ['up', '--ha'], { DECKLOG_HOME: home, DECKLOG_PORT: String(port), DECKLOG_NODES: '3' });
  await program.prints('The cluster is ready: API servers', 180_000);
  const password = readFileSync(join(home, 'password'), 'utf8').trim();
  const natsUrls = [4, 5, 6].map((offset) => `nats://decklog:${password}@127.0.0.1:${port + offset}`).join(',');
  const leader = (): string => verdictIn(home).leader;
  const follower = (): string => (leader() === 'postgres-a' ? 'postgres-b' : 'postgres-a');
  const member = (name: string, server: number): Victim => ({ ...victim(name, () => processWith(`--home ${join(home, name)} `)), server });
  const nats = (name: string): Victim => victim(name, () => processWith(`${join(home, name, 'nats.conf')}`));
  const keeper = (name: string, which: () => string): Victim => victim(name, () => processOf('KEEPER_NAME', which(), home));
  const cluster: CrashCluster = {
    layout: 'several of everything',
    isRedundant: true,
    servers: [accessFrom(join(home, 'kubeconfig')), accessFrom(join(home, 'kubeconfig-2'))],
    victims: [
      victim('the primary', () => postgresIn(join(home, leader(), 'data'))),
      { ...keeper('the primary and its keeper', leader), others: () => withChildren(postgresIn(join(home, leader(), 'data'))) },
      { ...keeper('the machine of the primary', leader), others: () => withChildren(postgresIn(join(home, leader(), 'data'))), hangsMs: 8_000 },
      member('member-1', 0),
      member('member-2', 1),
      keeper('the keeper of the primary', leader),
      nats('nats-1'),
      victim('the standby', () => postgresIn(join(home, follower(), 'data'))),
      nats('nats-2'),
      keeper('the keeper of the standby', follower),
      nats('nats-3'),
      keeper('the witness', () => 'witness'),
    ],
    databaseUrl: () => `postgres://decklog:${password}@127.0.0.1:${port + (leader() === 'postgres-a' ? 2 : 3)}/decklog`,
    output: () => program.output,
    whole: () =>
      eventually(
        'several of everything again',
        async () =>
          cluster.victims.every((one) => one.pid() > 0) &&
          verdictIn(home).standby !== undefined &&
          (await isCopied(natsUrls)) &&
          (await areReady(cluster.servers)),
        90_000,
      ).then(() => undefined),
    dispose: async () => {
      await program.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await cluster.whole?.();
  return cluster;
}

/** The service must go on without it: what counts is the moment of its death, and not when it is back. */
export function victim(name: string, find: () => number): Victim {
  let struck = 0;
  const pid = (): number => {
    const found = find(); // looking may take long
    struck = performance.now();
    return found;
  };
  return { name, weight: 1, pid, restarted: async () => struck };
}

function verdictIn(home: string): { readonly leader: string; readonly standby?: string } {
  return JSON.parse(readFileSync(join(home, 'witness', 'witness.json'), 'utf8')) as { leader: string; standby?: string };
}

/** The log's stream has all its copies. */
export async function isCopied(natsUrls: string): Promise<boolean> {
  const connection = await connect({ ...natsOptions(natsUrls), timeout: 2_000 });
  try {
    const { cluster } = await (await connection.jetstreamManager({ timeout: 2_000 })).streams.info('LOG');
    return cluster?.leader !== undefined && cluster.replicas?.length === 2 && cluster.replicas.every(({ current }) => current);
  } finally {
    await connection.close();
  }
}

/** Every API server takes requests. */
export async function areReady(servers: readonly Access[]): Promise<boolean> {
  const askers = servers.map((server) => new Asker(server, 2_000));
  try {
    const answers = await Promise.all(askers.map((asker) => asker.ask('GET', '/api/v1/namespaces/default')));
    return answers.every(({ code }) => code === 200);
  } finally {
    for (const asker of askers) asker.close();
  }
}

const processes = (): string[] => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));

function fileOf(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}

function first(what: string, holds: (pid: string) => boolean): number {
  const found = processes().find(holds);
  if (!found) throw new Error(`${what} does not run`);
  return Number(found);
}

const processWith = (words: string): number => first(words, (pid) => fileOf(pid, 'cmdline').replaceAll('\0', ' ').includes(words));

const processOf = (variable: string, value: string, home: string): number =>
  first(value, (pid) => {
    const env = fileOf(pid, 'environ').split('\0');
    return env.includes(`${variable}=${value}`) && env.includes(`KEEPER_DIR=${join(home, value)}`) && !fileOf(pid, 'cmdline').includes('postgres\0-D');
  });

const withChildren = (pid: number): number[] => [pid, ...childrenOf(pid)];

/** Its own children have no such command line. */
const postgresIn = (data: string): number => first(data, (pid) => fileOf(pid, 'cmdline').includes(`postgres\0-D\0${data}\0`));
