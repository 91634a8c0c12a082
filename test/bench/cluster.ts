import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { accessFrom } from '#lib/client/kubeconfig';
import { Client } from '#lib/client/client';
import { heapFlags } from '../../apps/cli/up/heap-flags';
import type { Identity } from './connection';

/** A cluster of its own for one run: `decklog up` in another process, in a folder that is thrown away. */
export interface BenchCluster {
  readonly identity: Identity;
  readonly client: Client;
  readonly pid: number;
  /** Resident memory of the process, MB. */
  memory(): number;
  stop(): Promise<void>;
}

export async function startCluster(nodes: number): Promise<BenchCluster> {
  const home = mkdtempSync(join(tmpdir(), 'decklog-bench-'));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [...heapFlags(), ...process.execArgv, resolve('dist/apps/cli/main.js'), 'up', '--home', home, '--port', String(port), '--nodes', String(nodes)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DATABASE_URL: '', NATS_URL: '' },
    },
  );
  await greeted(child);
  const access = accessFrom(join(home, 'kubeconfig'));
  const identity = { host: '127.0.0.1', port, ca: access.ca ?? '', certificate: access.certificate ?? '', key: access.key ?? '' };
  const client = new Client(access);
  return {
    identity,
    client,
    pid: child.pid as number,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    async stop() {
      client.close();
      child.kill('SIGTERM');
      await new Promise((done) => child.once('exit', done));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** `up` prints what to type next once everything runs. */
function greeted(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    child.stdout?.once('data', () => done());
    child.once('exit', (code) => fail(new Error(`decklog up ended with exit code ${code}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

/** CPU time of a process so far, ms. */
export function cpuOf(pid: number): number {
  const [, , user, system] = /\) (\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return 10 * (Number(user) + Number(system));
}
