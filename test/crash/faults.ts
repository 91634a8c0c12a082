import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/program';
import type { CrashCluster, Victim } from './clusters/cluster';

/** What has happened to the cluster in one round. */
export interface Strike {
  /** For people: `kill -9 NATS, pause api-1 for 3.1 s`. */
  readonly what: string;
  readonly crashes: number;
  readonly pauses: number;
  /** When the last process was started again, or went on. */
  readonly over: number;
  /** Servers that were struck themselves, as their places in the cluster's list. */
  readonly servers: readonly number[];
  /** When those that hang have gone on. */
  readonly rest: Promise<unknown>;
  /** One by one, for the story of a finding. */
  readonly acts: readonly Act[];
}

/** What was done to one victim; times are milliseconds of `performance.now()`. */
export interface Act {
  readonly what: string;
  readonly crashes: number;
  readonly server?: number;
  readonly rest?: Promise<void>;
  readonly at: number;
  readonly over: number;
}

/** Longer than every patience in the cluster would hide nothing more; shorter than a node is believed dead. */
const MAX_PAUSE_MS = 6_000;

/** A server that `up` looks after may die five times a minute, not more often. */
const DEATHS_A_MINUTE = 4;

type Deaths = Map<string, number[]>;

/**
 * Draws what happens next and does it: mostly one victim, sometimes several at once; mostly death, sometimes sleep; sometimes death again
 * while it starts.
 */
export async function strike(cluster: CrashCluster, random: () => number, deaths: Deaths, chosen?: Victim): Promise<Strike> {
  if (chosen) return sumOf([await kill(chosen, random, deaths)()]);
  const count = cluster.isRedundant ? 1 : random() < 0.7 ? 1 : random() < 0.7 ? 2 : 3;
  const victims = draw(cluster.victims, count, random, deaths);
  const acts = victims.map((victim) => (cluster.isRedundant || random() < 0.72 ? kill(victim, random, deaths) : pause(victim, random)));
  if (acts.length === 0)
    return {
      what: 'nothing: all have died often enough in this minute',
      crashes: 0,
      pauses: 0,
      over: performance.now(),
      servers: [],
      rest: Promise.resolve(),
      acts: [],
    };
  // The second stumbles while the first is down: together, or a moment later.
  return sumOf(await Promise.all(acts.map(async (act, i) => sleep(i === 0 ? 0 : random() * 400).then(act))));
}

const sumOf = (acts: readonly Act[]): Strike => ({
  what: acts.map(({ what }) => what).join(', '),
  crashes: acts.reduce((sum, { crashes }) => sum + crashes, 0),
  pauses: acts.reduce((sum, { crashes }) => sum + (crashes === 0 ? 1 : 0), 0),
  over: Math.max(...acts.map(({ over }) => over)),
  servers: acts.flatMap(({ server }) => (server === undefined ? [] : [server])),
  rest: Promise.all(acts.map(({ rest }) => rest)),
  acts,
});

function draw(victims: readonly Victim[], count: number, random: () => number, deaths: Deaths): Victim[] {
  const recent = (name: string): number => (deaths.get(name) ?? []).filter((at) => at > performance.now() - 60_000).length;
  const left = victims.filter(({ name }) => recent(name) < DEATHS_A_MINUTE);
  const drawn: Victim[] = [];
  while (drawn.length < count && left.length > 0) {
    let point = random() * left.reduce((sum, { weight }) => sum + weight, 0);
    const index = Math.max(
      0,
      left.findIndex(({ weight }) => (point -= weight) < 0),
    );
    drawn.push(...left.splice(index, 1));
  }
  return drawn;
}

function kill(victim: Victim, random: () => number, deaths: Deaths): () => Promise<Act> {
  if (victim.hangsMs !== undefined) return hang(victim, victim.hangsMs);
  const isTwice = victim.name === 'up' && random() < 0.2;
  const again = 200 + random() * 2_000;
  return async () => {
    const die = async (): Promise<void> => {
      await signal(victim, 'SIGKILL');
      deaths.set(victim.name, [...(deaths.get(victim.name) ?? []), performance.now()]);
    };
    await die();
    const at = performance.now();
    if (!isTwice) return { what: `kill -9 ${victim.name}`, crashes: 1, server: victim.server, at, over: await victim.restarted() };
    const first = victim.restarted().catch(() => 0); // it dies while it starts
    await sleep(again);
    await die();
    await first;
    return { what: `kill -9 ${victim.name} twice`, crashes: 2, server: victim.server, at, over: await victim.restarted() };
  };
}

/** What follows does not wait for its end. */
function hang(victim: Victim, ms: number): () => Promise<Act> {
  return async () => {
    const pids = await signal(victim, 'SIGSTOP');
    const at = performance.now();
    const rest = sleep(ms).then(() => pids.forEach((pid) => end(pid, 'SIGCONT')));
    return { what: `hang ${victim.name} for ${ms / 1000} s`, crashes: 0, server: victim.server, at, over: at, rest };
  };
}

function pause(victim: Victim, random: () => number): () => Promise<Act> {
  const ms = Math.round(random() * MAX_PAUSE_MS);
  return async () => {
    const pids = await signal(victim, 'SIGSTOP');
    const at = performance.now();
    await sleep(ms);
    for (const pid of pids) end(pid, 'SIGCONT');
    return { what: `pause ${victim.name} for ${(ms / 1000).toFixed(1)} s`, crashes: 0, server: victim.server, at, over: performance.now() };
  };
}

/** What it hangs on may just be down: then as soon as it runs again. */
const pidOf = (victim: Victim): Promise<number> => eventually(victim.name, async () => victim.pid(), 30_000);

/** Returns whom it went to. */
async function signal(victim: Victim, name: NodeJS.Signals): Promise<readonly number[]> {
  const first = await pidOf(victim);
  const pids = [first, ...(victim.others?.() ?? [])];
  for (const pid of pids) end(pid, name);
  return pids;
}

/** It may have gone already with another victim. */
function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
