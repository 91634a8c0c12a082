/**
 * What rules of a custom resource cost: compiling, and evaluating them for one write.
 * `node dist/test/bench/cel.js [rules]`
 */
import { CelEnvironment } from '#lib/cel/environment';
import { INT, listType, mapType, objectType, STRING } from '#lib/cel/types';

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
  replicas: INT, minReplicas: INT, maxReplicas: INT, mode: STRING, name: STRING, image: STRING, memory: STRING,
  labels: mapType(STRING, STRING), ports: listType(objectType('Port', { name: STRING, port: INT })),
});
const object = {
  replicas: 3, minReplicas: 1, maxReplicas: 9, mode: 'safe', name: 'web-frontend', image: 'registry.example.com/web:1', memory: '512Mi',
  labels: { app: 'web', tier: 'front', team: 'a' },
  ports: [{ name: 'http', port: 80 }, { name: 'https', port: 443 }, { name: 'metrics', port: 9090 }],
};

function main(count: number): void {
  const texts = Array.from({ length: count }, (_, i) => `${RULES[i % RULES.length]} || ${i} < 0`);
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

main(Number(process.argv[2] ?? 30));
