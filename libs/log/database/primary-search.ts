import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { isPassing } from './patience';

/** Where there is no primary, one that takes over is waited for so long. A server that says nothing for as long is not it. */
const WITHIN_MS = 2_000;

/** A standby is asked again on the same connection: a new one would cost it, while it takes over, ten times as much. */
const ASK_EVERY_MS = 40;

/** Whoever has waited so long for an answer looks whether there is another primary: one that was cut off does not say so. */
const DOUBT_AFTER_MS = 700;

/** What is connected to a primary, and how to end that at once. */
export interface Connected {
  readonly at: string;
  end(): void;
}

/** Not the primary, or no more. */
class NotPrimary extends Error {}

/** The primary, and on which timeline: each take-over begins the next one. */
interface Found {
  readonly server: URL;
  readonly timeline: number;
}

/** What this process knows of several servers. */
interface Known {
  search: Promise<URL> | undefined;
  /** The newest timeline that was ever seen: a server on an older one was deposed, whatever it says of itself. */
  timeline: number;
  readonly connected: Set<Connected>;
}

const all = new Map<string, Known>();

function knownOf(servers: readonly string[]): Known {
  const key = servers.join(' ');
  let known = all.get(key);
  if (!known) all.set(key, (known = { search: undefined, timeline: 0, connected: new Set() }));
  return known;
}

/**
 * Which of several servers may be written, as soon as one may. All who look for it meanwhile share one search: when a primary is lost every
 * connection of a process is, and each would otherwise ask by itself, and wait after each refusal. Where another server is found than
 * before, connections to that one are ended: a machine that went without a word keeps those who wait for it waiting.
 * @param servers a connection string each
 * @param withinMs Default 2,000
 * @throws Error with code ECONNREFUSED when there was none for so long
 */
export function primaryAmong(servers: readonly string[], withinMs = WITHIN_MS): Promise<URL> {
  const known = knownOf(servers);
  known.search ??= searched(servers, known, withinMs)
    .then(({ server, timeline }) => {
      known.timeline = timeline;
      for (const one of [...known.connected]) if (one.at !== server.host) one.end();
      return server;
    })
    .finally(() => (known.search = undefined));
  return known.search;
}

/** Ends with the primary it is connected to; the returned function takes that back. */
export function endsWithPrimary(servers: readonly string[], one: Connected): () => void {
  const { connected } = knownOf(servers);
  connected.add(one);
  return () => void connected.delete(one);
}

/**
 * The same work; while it takes long, it is looked for another primary among the servers, which ends it. One server alone is not doubted.
 */
export async function unlessMoved<T>(servers: readonly string[], work: Promise<T>): Promise<T> {
  if (servers.length === 1) return work;
  const doubt = setInterval(() => void primaryAmong(servers).catch(() => undefined), DOUBT_AFTER_MS);
  try {
    return await work;
  } finally {
    clearInterval(doubt);
  }
}

async function searched(servers: readonly string[], known: Known, withinMs: number): Promise<Found> {
  const over = new AbortController();
  try {
    return await Promise.any(servers.map((server) => primaryAt(server, known, performance.now() + withinMs, over.signal)));
  } catch (error) {
    const reasons = (error as AggregateError).errors.map(({ message }: Error) => message);
    throw Object.assign(new Error(`no primary among ${servers.length} servers: ${reasons.join('; ')}`), { code: 'ECONNREFUSED' });
  } finally {
    over.abort();
  }
}

/** Resolves when this server is the primary, be it that it starts or takes over meanwhile. */
async function primaryAt(server: string, known: Known, deadline: number, over: AbortSignal): Promise<Found> {
  for (;;) {
    try {
      return await promoted(server, known, deadline, over);
    } catch (error) {
      if (error instanceof NotPrimary || !isPassing(error) || over.aborted || performance.now() > deadline) throw error;
    }
    await sleep(ASK_EVERY_MS);
  }
}

const TIMELINE = `SELECT CASE WHEN pg_is_in_recovery() THEN 0 ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END AS timeline`;

async function promoted(server: string, known: Known, deadline: number, over: AbortSignal): Promise<Found> {
  const left = Math.max(1, deadline - performance.now());
  const client = new Client({ connectionString: server, connectionTimeoutMillis: left, query_timeout: left });
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (;;) {
      const timeline = (await client.query<{ timeline: number }>(TIMELINE)).rows[0]?.timeline ?? 0;
      if (timeline > 0 && timeline >= known.timeline) return { server: new URL(server), timeline };
      if (over.aborted || performance.now() > deadline)
        throw new NotPrimary(`${new URL(server).host} ${timeline > 0 ? 'was deposed' : 'is a standby'}`);
      await sleep(ASK_EVERY_MS);
    }
  } finally {
    void client.end().catch(() => undefined);
  }
}
