import { MemoryLog } from '#lib/log/memory-log';
import { startControllers, startWorld, type RunningControllers, type RunningWorld } from '#lib/runtime/host';
import { setTimeout as sleep } from 'node:timers/promises';
import { controllers } from '../apps/controllers';
import { Relay } from '../apps/log/relay';
import { nodeAgent } from '../apps/node/agent';
import { QUICK } from '../apps/node/runtimes/behaviour';
import { SimulatedRuntime } from '../apps/node/runtimes/simulated';
import { apiServer, type ApiServer } from './support/api-server';
import type { Asker } from './support/ask';

/**
 * A whole cluster in this process, on a log in memory, whose objects are frozen as soon as they are stored. API server, controllers and
 * agents share them: whoever changed one in place would change it for all of them, and here gets nowhere instead.
 */
let server: ApiServer;
let world: RunningWorld;
let running: RunningControllers[];
let relay: Relay;
let ask: Asker;
beforeAll(async () => {
  const log = new MemoryLog();
  server = await apiServer(log);
  const { bus, api } = server;
  process.env.DECKLOG_PKI_DIR = server.pkiDir; // where the root-ca controller looks
  relay = new Relay({ log, bus });
  await relay.start();
  world = await startWorld({ log, bus, shared: (revision) => api.kernel.world.shared(revision) });
  const { follower } = world;
  running = [
    await startControllers(controllers, { log, bus, follower }),
    await startControllers(nodeAgent({ nodes: ['node-1', 'node-2'], runtime: new SimulatedRuntime(QUICK) }), { log, bus, follower }),
  ];
  ask = server.client();
}, 30_000);
afterAll(async () => {
  for (const one of running ?? []) await one.stop();
  await world?.stop();
  await relay?.stop();
  await server?.stop();
  delete process.env.DECKLOG_PKI_DIR;
});

const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/web';
const deployment = (image: string) => ({
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 } } }] },
    },
  },
});

async function until(what: string, path: string, holds: (object: Record<string, never>) => unknown): Promise<void> {
  let seen = '';
  for (let i = 0; i < 400; i++) {
    const answer = await ask({ path });
    seen = answer.text;
    if (holds(answer.json())) return;
    await sleep(25);
  }
  throw new Error(`${what}: not within 10 seconds: ${seen}`);
}

type Status = { status: { readyReplicas?: number; updatedReplicas?: number; replicas?: number } };
const isReady = (count: number) => (object: unknown) => {
  const { status } = object as Status;
  return status.readyReplicas === count && status.updatedReplicas === count && status.replicas === count;
};

test('a deployment comes up, is scaled, rolled out, and goes with its namespace; nothing that is stored is ever changed', async () => {
  const good = async (asked: Parameters<Asker>[0]): Promise<void> => expect((await ask(asked)).code).toBeLessThan(300);
  const merge = (body: object) => good({ method: 'PATCH', path: DEPLOYMENT, headers: { 'content-type': 'application/merge-patch+json' }, body });
  await good({ path: '/api/v1/namespaces', body: { metadata: { name: 'shop' } } });
  await good({ path: '/api/v1/namespaces/shop/services', body: { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } } });
  await good({ path: '/apis/apps/v1/namespaces/shop/deployments', body: deployment('nginx:1') });
  await until('three pods', DEPLOYMENT, isReady(3));
  await until(
    'three endpoints',
    '/api/v1/namespaces/shop/endpoints/web',
    (object) => (object as { subsets?: { addresses?: unknown[] }[] }).subsets?.[0]?.addresses?.length === 3,
  );
  await merge({ spec: { replicas: 5 } });
  await until('five pods', DEPLOYMENT, isReady(5));
  await merge(deployment('nginx:2'));
  await until('three new pods', DEPLOYMENT, isReady(3));
  await good({ method: 'DELETE', path: '/api/v1/namespaces/shop' });
  await until('no namespace', '/api/v1/namespaces/shop', (object) => (object as { code?: number }).code === 404);
  expect(server.altered()).toEqual([]);
}, 60_000);
