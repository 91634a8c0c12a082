/**
 * What rules of a custom resource cost: compiling, evaluating them for one write, and a whole write with and without them.
 * `node dist/test/bench/cel.js [rules]`
 */
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { CelEnvironment } from '#lib/cel/environment';
import { INT, listType, mapType, objectType, STRING } from '#lib/cel/types';
import { anApi, type AnApi } from '../../apps/api/testing/an-api';
import { percentile } from './load';

process.env.DECKLOG_UNFROZEN = '1';

const RULES = [
  'self.replicas >= self.minReplicas && self.replicas <= self.maxReplicas',
  '!has(self.mode) || self.mode in ["fast", "safe", "auto"]',
  'self.ports.all(p, p.port > 0 && p.port < 65536)',
  'self.ports.exists(p, p.name == "http")',
  'self.name.matches("^[a-z]([-a-z0-9]*[a-z0-9])?$")',
  'size(self.labels) < 20 && self.labels.all(k, k.size() <= 63)',
  'self.image.startsWith("registry.example.com/") || self.image.contains("/")',
  'self.ports.map(p, p.port).sum() < 100000',
  'has(self.name) ? self.name != "" : false',
  'quantity(self.memory).isLessThan(quantity("64Gi"))',
];

const self = objectType('Spec', {
  replicas: INT,
  minReplicas: INT,
  maxReplicas: INT,
  mode: STRING,
  name: STRING,
  image: STRING,
  memory: STRING,
  labels: mapType(STRING, STRING),
  ports: listType(objectType('Port', { name: STRING, port: INT })),
});
const object = {
  replicas: 3,
  minReplicas: 1,
  maxReplicas: 9,
  mode: 'safe',
  name: 'web-frontend',
  image: 'registry.example.com/web:1',
  memory: '512Mi',
  labels: { app: 'web', tier: 'front', team: 'a' },
  ports: [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
    { name: 'metrics', port: 9090 },
  ],
};

const textsOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `${RULES[i % RULES.length]} || ${i} < 0`);

/** Rules alone. */
function measureRules(count: number): void {
  const texts = textsOf(count);
  const env = new CelEnvironment({ variables: [{ name: 'self', type: self }] });
  const start = process.hrtime.bigint();
  const programs = texts.map((text) => env.compile(text));
  const compiled = Number(process.hrtime.bigint() - start) / 1e6;
  const round = (): void => {
    for (const program of programs) if (program.evaluate({ self: object }).value !== true) throw new Error(program.source);
  };
  for (let i = 0; i < 2_000; i++) round();
  const before = process.hrtime.bigint();
  const rounds = 10_000;
  for (let i = 0; i < rounds; i++) round();
  const micros = Number(process.hrtime.bigint() - before) / 1000 / rounds;
  process.stdout.write(`${count} rules: compiled in ${compiled.toFixed(1)} ms, ${micros.toFixed(1)} µs for one write\n`);
}

const text = { type: 'string', maxLength: 100 };
const number = { type: 'integer' };
const schemaOf = (rules: number): object => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      ...(rules > 0 && { 'x-kubernetes-validations': textsOf(rules).map((rule) => ({ rule })) }),
      properties: {
        replicas: number,
        minReplicas: number,
        maxReplicas: number,
        mode: text,
        name: text,
        image: text,
        memory: text,
        labels: { type: 'object', maxProperties: 20, additionalProperties: text },
        ports: { type: 'array', maxItems: 20, items: { type: 'object', properties: { name: text, port: number } } },
      },
    },
  },
});

/** A kind with so many rules, served. */
async function establish(api: AnApi, word: string, rules: number): Promise<AnyKind> {
  const names = { plural: `${word}s`, singular: word, kind: word, listKind: `${word}List` };
  const made = await api.create<CustomResourceDefinition>(CustomResourceDefinition, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${word}s.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names,
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schemaOf(rules) } }],
    },
  });
  const conditions = [{ type: 'Established', status: 'True' as const, reason: '', message: '', lastTransitionTime: made.metadata.creationTimestamp }];
  await api.update(CustomResourceDefinition, { ...made, status: { ...made.status, acceptedNames: names, conditions } } as KubeObject, 'status');
  return api.kernel.world.custom.kindOfPath('example.com', 'v1', names.plural) as AnyKind;
}

const BATCH = 64;

/**
 * CPU of `count` writes in batches, in µs each. The cheapest tenth tells what the code costs; the mean has the collector and the neighbours
 * in it.
 */
async function cpuOf(count: number, write: (i: number) => Promise<unknown>): Promise<string> {
  const costs: number[] = [];
  for (let i = 0; i < count; i += BATCH) {
    const start = process.cpuUsage();
    await Promise.all(Array.from({ length: BATCH }, (_, j) => write(i + j)));
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / BATCH);
  }
  return `${percentile(costs, 0.1).toFixed(0)} µs of CPU each, ${(costs.reduce((sum, cost) => sum + cost, 0) / costs.length).toFixed(0)} with all`;
}

/** Whole writes: from the bytes of an object to its place in the world, without network and database. */
async function measureWrites(rules: number): Promise<void> {
  const api = await anApi();
  const kinds = [await establish(api, 'plain', 0), await establish(api, 'ruled', rules)];
  for (let round = 0; round < 3; round++) {
    for (const [count, kind] of kinds.map((each, i) => [i * rules, each] as const)) {
      const made: KubeObject[] = [];
      const body = (i: number): Buffer =>
        Buffer.from(
          JSON.stringify({ apiVersion: 'example.com/v1', kind: kind.kind, metadata: { name: `w-${round}-${i}`, namespace: 'default' }, spec: object }),
        );
      const created = await cpuOf(4_096, async (i) => void (made[i] = await api.createFrom(kind, body(i))));
      const updated = await cpuOf(4_096, (i) => api.update(kind, { ...(made[i] as KubeObject), spec: { ...object, replicas: 4 } } as KubeObject));
      process.stdout.write(`${count} rules: created ${created}; updated ${updated}\n`);
    }
  }
}

measureRules(Number(process.argv[2] ?? 30));
void measureWrites(Number(process.argv[2] ?? 30));
