/**
 * How long after a change was asked for all who watch its kind have it.
 * `node dist/test/bench/watchers.js [h2|h1] [watchers] [changes] [form]`, form: json, protobuf, table, labels or fields
 */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf, startCluster } from './cluster';
import { Connection } from './connection';
import { percentile } from './load';
import { MARK, sharedNow, type WatchersOrder, type WatchersReport } from './watcher-process';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PROCESSES = 2;
/** As many as kube-apiserver lets a client have on one connection. */
const STREAMS = 100;
const PAUSE_MS = 300;

const FORMS: Readonly<Record<string, { accept: string; query: string[] }>> = {
  json: { accept: 'application/json', query: [''] },
  protobuf: { accept: 'application/vnd.kubernetes.protobuf;stream=watch', query: [''] },
  table: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', query: [''] },
  labels: { accept: 'application/json', query: ['&labelSelector=app%3Dbench', '&labelSelector=app+in+(bench,other),!absent'] },
  fields: { accept: 'application/json', query: ['&fieldSelector=metadata.name%3Dwatched', '&fieldSelector=metadata.namespace%3Ddefault'] },
};

type Form = (typeof FORMS)[string];

/** One process with a part of the watchers. */
class Part {
  private readonly child: ChildProcess;
  private readonly reports: WatchersReport[] = [];
  private wake = (): void => undefined;

  constructor(order: WatchersOrder) {
    this.child = fork(join(__dirname, 'watcher-process.js'), { env: process.env });
    this.child.on('message', (report: WatchersReport) => {
      this.reports.push(report);
      this.wake();
    });
    this.child.send(order);
  }

  async next<W extends WatchersReport['what']>(what: W): Promise<Extract<WatchersReport, { what: W }>> {
    for (;;) {
      const at = this.reports.findIndex((report) => report.what === what);
      if (at >= 0) return this.reports.splice(at, 1)[0] as Extract<WatchersReport, { what: W }>;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async cpu(): Promise<number> {
    this.child.send('cpu');
    return (await this.next('cpu')).micros / 1000;
  }

  stop(): void {
    this.child.disconnect();
  }
}

const bodyOf = (change: number): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'watched', labels: { app: 'bench' }, annotations: { change: MARK + String(change).padStart(6, '0') } },
    data: { 'app.conf': 'key = value\n'.repeat(40) },
  });

async function main(protocol: 'h1' | 'h2', watchers: number, changes: number, name: string): Promise<void> {
  const form = FORMS[name] as Form;
  const cluster = await startCluster(2);
  const writer = await Connection.open(cluster.identity);
  await writer.request('POST', MAPS, bodyOf(999_999));
  await sleep(2_000);
  const before = cluster.memory();
  const paths = form.query.map((query) => `/api/v1/configmaps?watch=1&timeoutSeconds=3600&sendInitialEvents=false&resourceVersionMatch=NotOlderThan${query}`);
  const order = { identity: cluster.identity, protocol, watchers: watchers / PROCESSES, streams: STREAMS, paths, accept: form.accept, changes };
  const opening = performance.now();
  const parts = Array.from({ length: PROCESSES }, () => new Part(order));
  await Promise.all(parts.map((part) => part.next('watching')));
  print(
    `${watchers} watchers over ${protocol === 'h1' ? 'HTTP/1.1, a socket each' : `HTTP/2, ${STREAMS} on a connection`}, as ${name}: open after ${((performance.now() - opening) / 1000).toFixed(1)} s`,
  );
  await sleep(2_000);
  print(
    `memory: ${before.toFixed(0)} MB before, ${cluster.memory().toFixed(0)} with them: ${((1024 * (cluster.memory() - before)) / watchers).toFixed(1)} kB each`,
  );
  await measure(changes, parts, writer, cluster.pid, watchers);
  parts.forEach((part) => part.stop());
  writer.close();
  await cluster.stop();
}

async function measure(changes: number, parts: readonly Part[], writer: Connection, server: number, watchers: number): Promise<void> {
  const medians: number[] = [];
  const last: number[] = [];
  const all: number[] = [];
  const answers: number[] = [];
  const idle = await idleCpu(server);
  const clients = async (): Promise<number> => (await Promise.all(parts.map((part) => part.cpu()))).reduce((sum, one) => sum + one, 0);
  const [serverBefore, clientsBefore, start] = [cpuOf(server), await clients(), performance.now()];
  for (let change = 0; change < changes; change++) {
    const asked = sharedNow();
    const answered = writer.request('PUT', `${MAPS}/watched`, bodyOf(change)).then(() => answers.push(sharedNow() - asked));
    const seen = (await Promise.all(parts.map((part) => part.next('seen')))).flatMap(({ at }) => at.map((each) => each - asked));
    await answered;
    medians.push(percentile(seen, 0.5));
    last.push(Math.max(...seen.map((each) => each)));
    all.push(...seen.filter((_, i) => i % 100 === 0));
    await sleep(PAUSE_MS);
  }
  const seconds = (performance.now() - start) / 1000;
  const cpu = (cpuOf(server) - serverBefore - idle * seconds) / changes;
  const load = ((await clients()) - clientsBefore) / changes;
  print(
    `median watcher has a change after ${percentile(medians, 0.5).toFixed(0)} ms (worst of ${changes} changes ${Math.max(...medians).toFixed(0)}), 99 % after ${percentile(all, 0.99).toFixed(0)}, the last after ${percentile(last, 0.5).toFixed(0)}; the writer his answer after ${percentile(answers, 0.5).toFixed(0)}`,
  );
  print(
    `CPU for one change: server ${cpu.toFixed(0)} ms (${((1000 * cpu) / watchers).toFixed(1)} µs a watcher), load generator ${load.toFixed(0)} ms (${((1000 * load) / watchers).toFixed(1)} µs); the server idle: ${idle.toFixed(0)} ms a second`,
  );
}

async function idleCpu(server: number): Promise<number> {
  const before = cpuOf(server);
  await sleep(2_000);
  return (cpuOf(server) - before) / 2;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

void main((process.argv[2] as 'h1' | 'h2') ?? 'h2', Number(process.argv[3] ?? 10_000), Number(process.argv[4] ?? 20), process.argv[5] ?? 'json');
