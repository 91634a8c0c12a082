import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '#lib/embedded/postgres';
import type { EventLog, NewEvent } from '#lib/log/log';
import { openLog } from '#lib/log/open-log';
import { verifyChain } from '#lib/log/proof/verify';

/**
 * How many events the log takes: `node dist/test/bench/log-append.js [clients] [bytes] [seconds]`. Each client waits for its own commit
 * before it sends the next event; what arrives during a commit forms the next batch, as in the API server's writer.
 * DATABASE_URL names a server; otherwise an embedded one is started, with fsync.
 */
const [clients, bytes, seconds] = [64, 1_200, 10].map((standard, i) => Number(process.argv[2 + i] ?? standard)) as [number, number, number];

/** The writer's group commit, reduced to what the log sees of it. */
class Batcher {
  private waiting: { event: (revision: number) => NewEvent; done: () => void }[] = [];
  private running = false;
  batches = 0;

  constructor(
    private readonly log: EventLog,
    private head: number,
  ) {}

  write(event: (revision: number) => NewEvent): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ event, done });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    await null;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0);
      const head = await this.log.append(
        this.head,
        batch.map(({ event }, i) => event(this.head + 1 + i)),
      );
      this.head = head.revision;
      this.batches++;
      for (const { done } of batch) done();
    }
    this.running = false;
  }
}

function podEvent(client: number, n: number): (revision: number) => NewEvent {
  const name = `web-${client}-${n}`;
  const uid = `${String(client).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return (revision) => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid, resourceVersion: String(revision) }, spec: { note: '' } };
    object.spec.note = filler(bytes - JSON.stringify(object).length, n);
    return {
      revision,
      type: 'ADDED',
      resource: 'pods',
      namespace: 'default',
      name,
      uid,
      object: JSON.stringify(object),
      actor: { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'], userAgent: 'kubectl/v1.33.0', address: '127.0.0.1' },
      request: { id: uid, verb: 'create', fieldManager: 'kubectl-create' },
      cause: [],
    };
  };
}

/** Text that compresses about as well as the spec of a pod: the same words over and over, with numbers that differ. */
function filler(length: number, seed: number): string {
  let text = '';
  for (let i = seed; text.length < length; i += 7919) {
    const number = (i * 2654435761) >>> 0;
    text += `{name: VARIABLE_${i % 50}, value: ${number.toString(36)}, mountPath: /var/lib/${i % 13}, protocol: TCP, containerPort: ${number % 65536}}, `;
  }
  return text.slice(0, Math.max(0, length));
}

async function main(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'decklog-bench-'));
  chmodSync(dataDir, 0o711);
  const server = process.env.DATABASE_URL ? undefined : await startPostgres({ dataDir });
  const { log, close } = await openLog({ url: process.env.DATABASE_URL ?? (server?.url as string) });
  const start = (await log.head()).revision;
  const batcher = new Batcher(log, start);

  const latencies: number[] = [];
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = start; performance.now() - began < seconds * 1000; n++) {
        const sent = performance.now();
        await batcher.write(podEvent(client, n));
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const elapsed = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const percentile = (p: number): string => (latencies[Math.floor(latencies.length * p)] as number).toFixed(1);
  process.stdout.write(
    `${clients} clients, ${bytes} B: ${Math.round(latencies.length / elapsed)} events/s, ${(latencies.length / batcher.batches).toFixed(1)} per batch, ` +
      `p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms, node ${((user + system) / 1e6 / elapsed).toFixed(2)} cores\n`,
  );
  const verdict = await verifyChain(log, { from: start + 1 });
  process.stdout.write(`verified ${verdict.entries} entries: ${verdict.ok ? 'whole' : verdict.detail}, ${verdict.entriesPerSecond} entries/s\n`);
  await close();
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

void main();
