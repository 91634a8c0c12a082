import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NatsOptions, startNats } from '#lib/embedded/nats';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { writeKubeconfig } from '#lib/pki/kubeconfig';
import { Ending } from './ending';
import { type Home, homeAt, openHome, requireFreePort } from './home';
import { keepRunning } from './keep-running';
import { Offspring } from './offspring';
import { type Running, Started } from './parts';
import type { UpOptions } from '../verbs/up';

const MEMBERS = ['member-1', 'member-2'] as const;
const KEEPERS = ['postgres-a', 'postgres-b'] as const;
const NATS = ['nats-1', 'nats-2', 'nats-3'] as const;

/** Which port each process has: one after the other from that of the first API server on, so that a start finds what the last one left. */
interface Plan {
  readonly members: readonly number[];
  readonly keepers: readonly number[];
  readonly nats: readonly number[];
  readonly routes: readonly number[];
  readonly password: string;
}

/**
 * `up --ha`: two processes with an API server and all controllers each, three NATS servers, a primary and a standby of PostgreSQL with a
 * keeper each, and their witness. All on this machine, so it shows and tests what is otherwise spread over three.
 */
export async function runSeveral(options: UpOptions): Promise<number> {
  const home = homeAt(options.home);
  const ending = new Ending(say);
  const lock = await openHome(home);
  const started = new Started(say);
  try {
    const plan = await planFor(options, home);
    await startEach(options, home, plan, started);
    await writeKubeconfigs(home, options.host, plan);
    if (!ending.begun)
      say(
        `The cluster is ready: API servers at ${plan.members.map((port) => `https://${options.host}:${port}`).join(' and ')}, kubeconfig ${home.kubeconfig} (contexts decklog and decklog-2)`,
      );
    return await ending.reached;
  } finally {
    await started.stop();
    lock.release();
  }
}

async function planFor({ host, port }: UpOptions, { folder }: Home): Promise<Plan> {
  const from = (offset: number, count: number): number[] => Array.from({ length: count }, (_, i) => port + offset + i);
  const plan = {
    members: from(0, 2),
    keepers: from(2, 2),
    nats: from(4, 3),
    routes: from(7, 3),
    password: passwordIn(join(folder, 'password')),
  };
  for (const one of [...plan.members, ...plan.keepers, ...plan.nats, ...plan.routes]) await requireFreePort(host, one);
  return plan;
}

async function startEach(options: UpOptions, home: Home, plan: Plan, started: Started): Promise<void> {
  const offspring = new Offspring(say);
  const natsUrl = plan.nats.map((port) => `nats://decklog:${plan.password}@127.0.0.1:${port}`).join(',');
  const databaseUrl = `postgres://decklog:${plan.password}@${plan.keepers.map((port) => `127.0.0.1:${port}`).join(',')}/decklog`;
  for (const [i, name] of NATS.entries()) await started.start({ name, start: () => natsServer(name, home, plan, i) });
  const keeper = (name: string, more: Record<string, string>): Promise<Running> =>
    offspring.start({
      name,
      path: 'apps/keeper/main.js',
      args: [],
      env: { KEEPER_NAME: name, KEEPER_DIR: join(home.folder, name), NATS_URL: natsUrl, POSTGRES_PASSWORD: plan.password, ...more },
      until: 'started',
    });
  await started.start({ name: 'the witness', start: () => keeper('witness', {}) });
  for (const [i, name] of KEEPERS.entries()) {
    const peer = `${KEEPERS[1 - i]}=127.0.0.1:${plan.keepers[1 - i]}`;
    await started.start({ name, start: () => keeper(name, { KEEPER_PORT: String(plan.keepers[i]), KEEPER_PEER: peer }) });
  }
  mkdirSync(home.pki, { recursive: true, mode: 0o700 });
  await ClusterCa.loadOrCreate(home.pki);
  for (const [i, name] of MEMBERS.entries()) {
    const folder = join(home.folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    if (!existsSync(join(folder, 'pki'))) symlinkSync(home.pki, join(folder, 'pki'));
    const args = [
      'up',
      '--home',
      folder,
      '--host',
      options.host,
      '--port',
      String(plan.members[i]),
      '--nodes',
      String(options.nodes),
      '--database-url',
      databaseUrl,
      '--nats-url',
      natsUrl,
    ];
    await started.start({
      name,
      start: () => offspring.start({ name, path: 'apps/cli/main.js', args, env: {}, until: 'The cluster is ready' }),
    });
  }
}

async function natsServer(name: string, home: Home, plan: Plan, index: number): Promise<Running> {
  const cluster = { name, port: plan.routes[index] as number, ports: plan.routes };
  const options: NatsOptions = { storeDir: join(home.folder, name), port: plan.nats[index], password: plan.password, cluster };
  const giveUp = (reason: string): void => say(`${reason}; the others go on without it`);
  return keepRunning({ name, first: await startNats(options), restart: () => startNats(options), say, giveUp });
}

/** One for all servers of this machine. */
function passwordIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  return readFileSync(file, 'utf8').trim();
}

async function writeKubeconfigs(home: Home, host: string, plan: Plan): Promise<void> {
  const ca = await ClusterCa.loadOrCreate(home.pki);
  const user = 'kubernetes-admin';
  const credentials = await ca.keepClient('admin', { user, groups: ['system:masters'] });
  const address = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  for (const [i, port] of plan.members.entries()) {
    writeKubeconfig(i === 0 ? home.kubeconfig : `${home.kubeconfig}-${i + 1}`, {
      server: `https://${address}:${port}`,
      ca: ca.certificate,
      user,
      credentials,
    });
  }
}

function say(line: string): void {
  process.stderr.write(`decklog  ${line}\n`);
}
