import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { AnyKind } from '#lib/api/kind';
import { anApi, type AnApi } from '../../apps/api/testing/an-api';
import { configMapBody, podBody } from './bodies';
import { percentile } from './load';

const BATCH = 64;
process.env.DECKLOG_UNFROZEN = '1';

/**
 * CPU time of the write path alone, without network and database: what a create costs from its bytes to its place in the world.
 * The cheapest tenth of the batches tells what the code costs; the mean has the collector and the neighbours in it.
 */
async function measure(api: AnApi, name: string, kind: AnyKind, count: number, body: (i: number) => string): Promise<void> {
  const costs: number[] = [];
  for (let i = 0; i < count; i += BATCH) {
    const bodies = Array.from({ length: BATCH }, (_, j) => Buffer.from(body(i + j)));
    const start = process.cpuUsage();
    await Promise.all(bodies.map((bytes) => api.createFrom(kind, bytes)));
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / BATCH);
  }
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  process.stdout.write(`${name}: ${percentile(costs, 0.1).toFixed(0)} µs of CPU each, ${mean.toFixed(0)} with all\n`);
}

async function main(): Promise<void> {
  const api = await anApi();
  await api.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
  for (let round = 0; round < 3; round++) {
    await measure(api, 'ConfigMap', ConfigMap, 5_000, (i) => configMapBody(`cm-${round}-${i}`));
    await measure(api, 'Pod', Pod, 5_000, (i) => podBody(`pod-${round}-${i}`));
  }
}

void main();
