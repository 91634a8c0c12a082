/**
 * What it takes to read 25,000 pods, in each form that clients ask for.
 * `node dist/test/bench/lists.js [pods] [rounds]`
 */
import { startCluster, cpuOf, type BenchCluster } from './cluster';
import { podBody } from './bodies';
import { Connection, type Answer } from './connection';
import { fire, percentile } from './load';

const PODS = '/api/v1/namespaces/default/pods';

const FORMS: readonly [name: string, query: string, headers: string][] = [
  ['JSON', '', 'accept: application/json'],
  ['JSON, resourceVersion=0', '?resourceVersion=0', 'accept: application/json'],
  ['JSON, gzip', '', 'accept: application/json\r\naccept-encoding: gzip'],
  ['protobuf', '', 'accept: application/vnd.kubernetes.protobuf'],
  ['table', '', 'accept: application/json;as=Table;v=v1;g=meta.k8s.io'],
  ['metadata, protobuf', '', 'accept: application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'],
  ['JSON, by label', '?labelSelector=app%3Dbench,tier+in+(web,db)', 'accept: application/json'],
  ['JSON, a page of 500', '?limit=500', 'accept: application/json'],
];

async function measure(cluster: BenchCluster, rounds: number, [name, query, headers]: (typeof FORMS)[number]): Promise<void> {
  const connection = await Connection.open(cluster.identity);
  const ask = (): Promise<Answer> => connection.request('GET', PODS + query, '', headers);
  const first = performance.now();
  await ask();
  const cold = performance.now() - first;
  const times: number[] = [];
  const [server, own] = [cpuOf(cluster.pid), process.cpuUsage()];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    bytes = (await ask()).size;
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(own);
  const cpu = (cpuOf(cluster.pid) - server) / rounds;
  connection.close();
  process.stdout.write(
    `${name.padEnd(24)} ${(bytes / 1e6).toFixed(1).padStart(5)} MB  first ${cold.toFixed(0).padStart(5)} ms, then p50 ${percentile(times, 0.5).toFixed(0).padStart(4)} ms, ` +
      `CPU of the server ${cpu.toFixed(0)} ms, of the client ${((user + system) / 1000 / rounds).toFixed(0)} ms\n`,
  );
}

async function main(pods: number, rounds: number): Promise<void> {
  const cluster = await startCluster(2);
  await fire(cluster.identity, 64, pods, (i) => ({ method: 'POST', path: PODS, body: podBody(`pod-${i}`) }));
  for (const form of FORMS) await measure(cluster, rounds, form);
  process.stdout.write(`memory of the server: ${cluster.memory().toFixed(0)} MB\n`);
  await cluster.stop();
}

void main(Number(process.argv[2] ?? 25_000), Number(process.argv[3] ?? 7));
