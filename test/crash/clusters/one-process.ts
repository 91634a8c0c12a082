import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { accessFrom } from '#lib/client/kubeconfig';
import { OwnCluster } from '../../support/crash/own-cluster';
import { childrenOf, eventually } from '../../support/program';
import type { CrashCluster, Victim } from './cluster';

/** `decklog up`: all apps in one process, which looks after a PostgreSQL and a NATS of its own. */
export async function oneProcess(): Promise<CrashCluster> {
  const cluster = await OwnCluster.create(3);
  await cluster.start();
  const printed: string[] = [];
  const restart = async (): Promise<number> => {
    await cluster.program.exit();
    printed.push(cluster.program.output);
    const at = performance.now();
    await cluster.start();
    return at;
  };
  /** `up` sees the death itself and starts it again. */
  const supervised = (name: 'postgres' | 'nats-server', weight: number): Victim => {
    let last = 0;
    return {
      name: name === 'postgres' ? 'PostgreSQL' : 'NATS',
      weight,
      pid: () => (last = cluster.serverPid(name)),
      restarted: () => eventually(`${name} again`, async () => cluster.serverPid(name) !== last && performance.now(), 30_000),
    };
  };
  return {
    layout: 'one process',
    servers: [accessFrom(join(cluster.home, 'kubeconfig'))],
    victims: [
      { name: 'up', weight: 3, pid: () => cluster.program.pid, restarted: restart },
      supervised('postgres', 3),
      supervised('nats-server', 3),
      backend(() => cluster.serverPid('postgres')),
    ],
    databaseUrl: () => cluster.databaseUrl,
    output: () => [...printed, cluster.program.output].join('\n'),
    dispose: () => cluster.dispose(),
  };
}

/** One backend of PostgreSQL that dies takes all others with it; the postmaster goes through crash recovery and stays. */
export function backend(postmaster: () => number): Victim {
  return {
    name: 'a PostgreSQL backend',
    weight: 2,
    pid: () => backendsOf(postmaster())[0] ?? postmaster(),
    restarted: async () => performance.now(),
  };
}

/** Those that clients are connected to: `postgres: decklog decklog 127.0.0.1(40000) idle`. */
function backendsOf(postmaster: number): number[] {
  return childrenOf(postmaster).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`).includes('postgres') && /postgres: \S+ decklog /.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      return false;
    }
  });
}
