import type { Deployment } from '#lib/api/apps/deployment';
import type { Pod } from '#lib/api/core/pod/pod';
import { configMapBody, deploymentBody, podBody } from './bodies';
import { startCluster, type BenchCluster } from './cluster';
import { fire, percentile, type Measured } from './load';

const PODS = '/api/v1/namespaces/default/pods';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CONNECTIONS = 64;

/** kube-apiserver + etcd on a machine of the same size. */
const REFERENCE: Readonly<Record<string, string>> = {
  'create Pods, 64 connections': '1,690/s, p99 132 ms',
  'create ConfigMaps, 64 connections': '2,830/s, p99 69 ms',
  'create one Pod, one connection': 'p50 1.2 ms',
  'GET one Pod, 64 connections': '5,500/s consistent, 13,400/s cached',
  'LIST 25,000 pods': '1.4–2.1 s',
  'memory after that': '2.7 GB + 0.33 GB',
  '800-replica Deployment to Ready, 20 nodes': '23 s',
  'pod deleted to replacement Ready, p50': '0.66 s',
};

const rows: [string, string][] = [];

function row(name: string, figure: string): void {
  rows.push([name, figure]);
  process.stderr.write(`${name}: ${figure}\n`);
}

const rate = ({ perSecond, p50, p99, failed }: Measured): string =>
  `${Math.round(perSecond).toLocaleString('en')}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms${failed > 0 ? `, ${failed} FAILED` : ''}`;

async function apiRows({ identity, client, memory }: BenchCluster): Promise<void> {
  await fire(identity, 8, 2_000, (i) => ({ method: 'POST', path: CONFIG_MAPS, body: configMapBody(`warm-${i}`) }));
  const maps = await fire(identity, CONNECTIONS, 10_000, (i) => ({ method: 'POST', path: CONFIG_MAPS, body: configMapBody(`cm-${i}`) }));
  row('create ConfigMaps, 64 connections', rate(maps));
  const single = await fire(identity, 1, 500, (i) => ({ method: 'POST', path: PODS, body: podBody(`single-${i}`) }));
  row('create one Pod, one connection', `p50 ${single.p50.toFixed(2)} ms, p99 ${single.p99.toFixed(1)} ms`);
  const pods = await fire(identity, CONNECTIONS, 24_500, (i) => ({ method: 'POST', path: PODS, body: podBody(`pod-${i}`) }));
  row('create Pods, 64 connections', rate(pods));
  const gets = await fire(identity, CONNECTIONS, 30_000, (i) => ({ method: 'GET', path: `${PODS}/pod-${i % 24_500}` }));
  row('GET one Pod, 64 connections', rate(gets));
  const lists = await fire(identity, 1, 5, () => ({ method: 'GET', path: PODS }));
  row('LIST 25,000 pods', `${(lists.p50 / 1000).toFixed(2)} s`);
  row('memory after that', `${Math.round(memory())} MB`);
  client.close();
}

async function controllerRows({ client }: BenchCluster): Promise<void> {
  const start = performance.now();
  await client.send('POST', DEPLOYMENTS, JSON.parse(deploymentBody('web', 800)) as object);
  await untilReady(client, 'web', 800);
  row('800-replica Deployment to Ready, 20 nodes', `${((performance.now() - start) / 1000).toFixed(2)} s`);
  await client.send('POST', DEPLOYMENTS, JSON.parse(deploymentBody('small', 3)) as object);
  await untilReady(client, 'small', 3);
  const times: number[] = [];
  for (let i = 0; i < 20; i++) times.push(await replaceOne(client));
  row('pod deleted to replacement Ready, p50', `${(percentile(times, 0.5) / 1000).toFixed(3)} s`);
}

interface WatchEvent<T> {
  readonly type: string;
  readonly object: T;
}

async function untilReady(client: BenchCluster['client'], name: string, replicas: number): Promise<void> {
  const watch = client.lines<WatchEvent<Deployment>>(`${DEPLOYMENTS}?watch=1&fieldSelector=metadata.name%3D${name}`);
  for await (const { object } of watch) if (object.status.readyReplicas === replicas) return;
}

/** Deletes one pod and waits until a pod that did not exist before is Ready. */
async function replaceOne(client: BenchCluster['client']): Promise<number> {
  const list = await client.get<{ items: Pod[]; metadata: { resourceVersion: string } }>(`${PODS}?labelSelector=app%3Dsmall`);
  const known = new Set(list.items.map((pod) => pod.metadata.uid));
  const victim = list.items.find((pod) => !pod.metadata.deletionTimestamp) as Pod;
  const start = performance.now();
  await client.send('DELETE', `${PODS}/${victim.metadata.name}`);
  for await (const { object } of client.lines<WatchEvent<Pod>>(`${PODS}?watch=1&labelSelector=app%3Dsmall&resourceVersion=${list.metadata.resourceVersion}`)) {
    const ready = object.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    if (!known.has(object.metadata.uid) && ready) break;
  }
  return performance.now() - start;
}

async function withCluster(nodes: number, work: (cluster: BenchCluster) => Promise<void>): Promise<void> {
  const cluster = await startCluster(nodes);
  try {
    await work(cluster);
  } finally {
    await cluster.stop();
  }
}

async function main(): Promise<void> {
  const only = process.argv[2]; // `api` or `controllers`: half of the table
  if (only !== 'controllers') await withCluster(2, apiRows);
  if (only !== 'api') await withCluster(20, controllerRows);
  const width = Math.max(...rows.map(([name]) => name.length));
  process.stdout.write(`\n${'work'.padEnd(width)}   ${'Decklog'.padEnd(40)}   kube-apiserver + etcd\n`);
  for (const [name, figure] of rows) process.stdout.write(`${name.padEnd(width)}   ${figure.padEnd(40)}   ${REFERENCE[name] ?? ''}\n`);
}

main().catch((error: Error) => {
  process.stderr.write(`bench: ${error.stack}\n`);
  process.exit(1);
});
