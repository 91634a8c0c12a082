import { setTimeout as sleep } from 'node:timers/promises';
import { Node } from '#lib/api/core/node';
import type { KubeObject } from '#lib/api/meta';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { openLog } from '#lib/log/open-log';
import { KEPT_CONNECTIONS } from '#lib/log/database/pool';
import { PostgresPresence } from '#lib/log/write/presence';
import { openSealer } from '#lib/log/secret/open-sealer';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { writeKubeconfig } from '#lib/pki/kubeconfig';
import { localSink } from '#lib/runtime/execute';
import { type ControllersHost, type RunningWorld, startControllers, startWorld } from '#lib/runtime/host';
import { type Leases, PostgresLeases, SoleHolder } from '#lib/runtime/leases';
import { type Api, startApi } from '../../api/start';
import { controllers } from '../../controllers';
import { Relay } from '../../log/relay';
import { nodeAgent } from '../../node/agent';
import { answerLogs } from '../../node/node-logs';
import { QUICK } from '../../node/runtimes/behaviour';
import { SimulatedRuntime } from '../../node/runtimes/simulated';
import { Ending } from './ending';
import { greeting } from './greeting';
import { type Home, homeAt, openHome, requireFreePort } from './home';
import { type Part, type Running, Started } from './parts';
import { type Servers, startServers } from './servers';
import type { UpOptions } from '../verbs/up';

/**
 * A composition root: the one place that knows every app, because here they share a process. Runs until a signal or a fault
 * that restarting does not cure, and returns the exit code.
 */
export async function runCluster(options: UpOptions): Promise<number> {
  if (options.ha) return (await import('./several.js')).runSeveral(options);
  const home = homeAt(options.home);
  const ending = new Ending(say);
  const lock = await openHome(home);
  const started = new Started(say);
  try {
    await requireFreePort(options.host, options.port);
    await startAll(options, home, started, ending);
    if (!ending.begun) process.stdout.write(greeting(home, options));
    return await ending.reached;
  } finally {
    await started.stop();
    lock.release();
  }
}

async function startAll(options: UpOptions, home: Home, started: Started, ending: Ending): Promise<void> {
  process.env.DECKLOG_PKI_DIR = home.pki; // where parts look that get no options, as in a container
  const servers = await startServers({ ...options, home: home.folder, say, giveUp: (reason) => ending.fail(reason) });
  await started.start({ name: 'PostgreSQL and NATS', start: async () => servers });
  for (const part of await partsOf(options, home, servers, started)) {
    if (ending.begun) return;
    await started.start(part);
  }
  await writeAdminKubeconfig(home, options);
}

/** In the order of their start: an API server before all that write through it, nodes last. Controllers and nodes share one world. */
async function partsOf(options: UpOptions, home: Home, servers: Servers, started: Started): Promise<Part[]> {
  const { host, port } = options;
  const opened = await openLog({
    url: servers.databaseUrl,
    applicationName: 'decklog up',
    kept: KEPT_CONNECTIONS,
    sole: !options.databaseUrl,
  });
  await started.start({ name: 'the log', start: async () => ({ stop: () => opened.close() }) });
  const bus = await JetStreamBus.connect({ url: servers.natsUrl, name: 'decklog up' });
  await started.start({ name: 'the bus', start: async () => ({ stop: () => bus.close() }) });
  const { log } = opened;
  let api: Api;
  let world: RunningWorld;
  const shared = (revision: number): KubeObject | undefined => api.kernel.world.shared(revision);
  const send = localSink((request) => api.execute(request));
  // Our own database is ours alone; in a given one there may be other processes with the same controllers.
  const leases = (): Leases => (options.databaseUrl ? new PostgresLeases(options.databaseUrl) : new SoleHolder());
  const presence = options.databaseUrl ? new PostgresPresence(options.databaseUrl, log.writer) : undefined;
  const names = Array.from({ length: options.nodes }, (_, i) => `node-${i + 1}`);
  return [
    {
      name: 'the API server',
      start: async () =>
        (api = await startApi({ log, bus, sealer: openSealer(opened.pool, home.pki), presence, pkiDir: home.pki, host, port })),
    },
    { name: 'the relay', start: async () => startRelay(new Relay({ log, bus, shared }), leases()) },
    {
      name: 'the world',
      start: async () =>
        (world = await startWorld({
          log,
          bus,
          shared,
          present: () => api.kernel.world.present(),
          news: (tell) => api.kernel.world.onChange(({ revision }) => tell(revision)),
        })),
    },
    { name: 'the controllers', start: () => startControllers(controllers, { log, bus, follower: world.follower, leases: leases(), send }) },
    ...(names.length > 0 ? [{ name: 'the nodes', start: () => holdNodes(leases(), names, { log, bus, send }, world) }] : []),
  ];
}

function startRelay(relay: Relay, leases: Leases): Running {
  leases.hold('relay', relay);
  return { stop: () => leases.close() };
}

/**
 * Whoever has the lease plays them; the others stand by. Resolves when they are there, or after a while: who reads "started" would look at
 * them next.
 */
async function holdNodes(leases: Leases, names: readonly string[], host: ControllersHost, world: RunningWorld): Promise<Running> {
  let running: Running | undefined;
  const start = async (): Promise<void> => void (running = await startNodes(names, host, world));
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  leases.hold('simulated nodes', { start, stop });
  const areThere = (): boolean => names.every((name) => world.follower.world.get(Node, '', name));
  for (const deadline = performance.now() + NODES_WITHIN_MS; !areThere() && performance.now() < deadline;) await sleep(20);
  return { stop: () => leases.close() };
}

const NODES_WITHIN_MS = 10_000;

async function startNodes(nodes: readonly string[], host: ControllersHost, { follower }: RunningWorld): Promise<Running> {
  const runtime = new SimulatedRuntime(QUICK);
  const agents = await startControllers(nodeAgent({ nodes, runtime }), { ...host, follower });
  const logs = await answerLogs(host.bus, follower.world, nodes, runtime);
  const stop = async (): Promise<void> => {
    await logs.close();
    await agents.stop();
  };
  return { stop };
}

/** Kept as long as it is valid, so that a restart leaves the terminals that use it alone. */
async function writeAdminKubeconfig(home: Home, { host, port }: UpOptions): Promise<void> {
  const ca = await ClusterCa.loadOrCreate(home.pki);
  const user = 'kubernetes-admin';
  const credentials = await ca.keepClient('admin', { user, groups: ['system:masters'] });
  const address = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  writeKubeconfig(home.kubeconfig, {
    server: `https://${address.includes(':') ? `[${address}]` : address}:${port}`,
    ca: ca.certificate,
    user,
    credentials,
  });
}

function say(line: string): void {
  process.stderr.write(`decklog  ${line}\n`);
}
