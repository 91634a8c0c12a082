import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '#lib/client/kubeconfig';
import { startNats } from '#lib/embedded/nats';
import { startPostgres } from '#lib/embedded/postgres';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { servers as apps } from '../../house/derived';
import { cleanUpAfterUs } from '../../support/crash/janitor';
import { eventually, freePort } from '../../support/program';
import type { CrashCluster, Victim } from './cluster';
import { Fleet } from './fleet';
import { backend } from './one-process';

/** A server that whoever made this cluster starts again, as a container runtime would. */
interface Supervised {
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * The layout of docker-compose.yml without containers: every service a process of its own, and two API servers. @param only of the others;
 * default all
 */
export async function processEach(only: readonly string[] = apps()): Promise<CrashCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-crash-'));
  chmodSync(folder, 0o711); // PostgreSQL may have to run as another user than we do
  cleanUpAfterUs(folder);
  const postgres = { dataDir: join(folder, 'postgres'), port: await freePort() };
  const nats = { storeDir: join(folder, 'nats'), port: await freePort() };
  const running = { postgres: await startPostgres(postgres), nats: await startNats(nats) };
  const common = {
    DATABASE_URL: running.postgres.url,
    NATS_URL: running.nats.url,
    DECKLOG_PKI_DIR: join(folder, 'pki'),
    DECKLOG_HOST: '127.0.0.1',
    DECKLOG_NODES: '3',
  };
  const ports = [await freePort(), await freePort()];
  const fleet = new Fleet();
  const services = [
    ...ports.map((port, i) => ({ name: `api-${i + 1}`, app: 'api', env: { ...common, DECKLOG_PORT: String(port) } })),
    ...apps()
      .filter((app) => app !== 'api' && only.includes(app))
      .map((app) => ({ name: app, app, env: common })),
  ];
  for (const service of services.slice(0, 2)) await fleet.start(service, 'listening');
  for (const service of services.slice(2)) await fleet.start(service);
  const ca = await ClusterCa.loadOrCreate(join(folder, 'pki'));
  const admin = await ca.issueClient({ user: 'kubernetes-admin', groups: ['system:masters'] });
  const access = (port: number): Access => ({ server: `https://127.0.0.1:${port}`, ca: ca.certificate, certificate: admin.certificate, key: admin.key });
  return {
    layout: 'a process each',
    servers: ports.map(access),
    victims: [
      ...services.map(({ name, app }) => member(fleet, name, app === 'api' ? 4 : 1)),
      revived(
        'PostgreSQL',
        () => running.postgres,
        async () => void (running.postgres = await startPostgres(postgres)),
      ),
      revived(
        'NATS',
        () => running.nats,
        async () => void (running.nats = await startNats(nats)),
      ),
      backend(() => running.postgres.pid),
    ],
    databaseUrl: () => running.postgres.url,
    output: () => fleet.output,
    dispose: async () => {
      await fleet.stop();
      await running.nats.stop();
      await running.postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function member(fleet: Fleet, name: string, weight: number): Victim {
  let last = 0;
  const pid = (): number => (last = fleet.pid(name));
  return { name, weight, pid, restarted: () => eventually(`${name} again`, async () => fleet.pid(name) !== last && fleet.started(name), 30_000) };
}

function revived(name: string, current: () => Supervised, start: () => Promise<void>): Victim {
  const restarted = async (): Promise<number> => {
    const at = performance.now();
    await start();
    return at;
  };
  return { name, weight: 4, pid: () => current().pid, restarted };
}
