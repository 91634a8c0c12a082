import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { AnyKind } from '#lib/api/kind';
import { anApi, type AnApi } from '../../apps/api/testing/an-api';
import { configMapBody, podBody } from './bodies';

/** CPU time of the write path alone, without network and database: what a create costs from its bytes to its place in the world. */
async function measure(api: AnApi, name: string, kind: AnyKind, count: number, body: (i: number) => string): Promise<void> {
  const start = process.cpuUsage();
  for (let i = 0; i < count; i += 64) {
    await Promise.all(Array.from({ length: Math.min(64, count - i) }, (_, j) => api.createFrom(kind, Buffer.from(body(i + j)))));
  }
  const { user, system } = process.cpuUsage(start);
  process.stdout.write(`${name}: ${((user + system) / count).toFixed(0)} µs of CPU each\n`);
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
