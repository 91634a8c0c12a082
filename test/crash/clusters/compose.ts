import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accessFrom, type Access } from '#lib/client/kubeconfig';
import { eventually, ROOT } from '../../support/program';
import type { CrashCluster, Victim } from './cluster';
import { areReady, isCopied, victim } from './several';

const MEMBERS = ['member-1', 'member-2'];
const KEEPERS = ['postgres-a', 'postgres-b'];
const NATS = ['nats-1', 'nats-2', 'nats-3'];

/** Building the image is part of the first start. */
const START_WITHIN_MS = 300_000;

/**
 * The profile `ha` of docker-compose.yml, on this machine's Docker; any one of its containers dies. DECKLOG_COMPOSE is the command, with
 * its flags (default `docker compose`). Takes the ports, the project and the image that everybody's `docker compose` takes here; the
 * volumes go in the end.
 */
export async function compose(): Promise<CrashCluster> {
  const [program = 'docker', ...flags] = (process.env.DECKLOG_COMPOSE ?? 'docker compose').split(' ');
  const run = (...args: string[]): string =>
    execFileSync(program, [...flags, '--profile', 'ha', ...args], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  run('up', '-d', '--build', ...MEMBERS);
  const ids = new Map<string, string>();
  const idOf = (service: string): string => ids.get(service) ?? (ids.set(service, run('ps', '-q', service).trim()), ids.get(service) as string);
  const inspect = (service: string, format: string): string => execFileSync('docker', ['inspect', '-f', format, idOf(service)], { encoding: 'utf8' }).trim();
  const addressOf = (service: string): string => inspect(service, '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}');
  const inside = (service: string, ...command: string[]): string => run('exec', '-T', service, ...command);
  const verdict = (): { leader: string; standby?: string } =>
    JSON.parse(inside('witness', 'cat', '/var/lib/decklog/witness.json')) as { leader: string; standby?: string };
  const databaseUrl = (service: string): string => `postgres://decklog:${process.env.POSTGRES_PASSWORD ?? 'decklog'}@${addressOf(service)}:5432/decklog`;
  const natsUrls = (): string => NATS.map((name) => `nats://decklog:${process.env.NATS_PASSWORD ?? 'decklog'}@${addressOf(name)}:4222`).join(',');
  const container = (name: string, which: () => string): Victim => victim(`the container of ${name}`, () => Number(inspect(which(), '{{.State.Pid}}')));
  const leader = (): string => verdict().leader;
  const follower = (): string => KEEPERS.find((name) => name !== leader()) as string;
  const all = [...MEMBERS, ...KEEPERS, ...NATS, 'witness'];
  const access = (member: string): Access => ({
    ...kubeconfigIn(inside(member, 'cat', `/var/lib/decklog/${member}/kubeconfig`)),
    server: `https://127.0.0.1:${run('port', member, '6443').trim().split(':').at(-1)}`,
  });
  const cluster: CrashCluster = {
    layout: 'docker compose, profile ha',
    isRedundant: true,
    servers: await eventually('both members', async () => MEMBERS.map(access), START_WITHIN_MS),
    victims: [
      ...MEMBERS.map((name, server) => ({ ...container(name, () => name), server })),
      ...[...NATS, 'witness'].map((name) => container(name, () => name)),
      container('the primary', leader),
      container('the standby', follower),
    ],
    databaseUrl: () => databaseUrl(leader()),
    output: () => run('logs', '--no-color', '--tail', '100'),
    whole: () =>
      eventually(
        'several of everything again',
        async () =>
          all.every((name) => inspect(name, '{{.State.Running}}') === 'true') &&
          verdict().standby !== undefined &&
          (await isCopied(natsUrls())) &&
          (await areReady(cluster.servers)),
        START_WITHIN_MS,
      ).then(() => undefined),
    dispose: async () => void run('down', '--volumes', '--timeout', '5'),
  };
  await cluster.whole?.();
  return cluster;
}

function kubeconfigIn(text: string): Access {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-crash-'));
  try {
    writeFileSync(join(folder, 'kubeconfig'), text, { mode: 0o600 });
    return accessFrom(join(folder, 'kubeconfig'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
