import { join } from 'node:path';
import { connect as connectTo } from 'nats';
import { natsOptions } from '#lib/bus/connect';
import { NatsMissing, startNats } from '#lib/embedded/nats';
import { clientOf, isReplicated } from '#lib/log/database/connection';
import { patiently } from '#lib/log/database/patience';
import { fullDisk } from '#lib/embedded/disk-space';
import { startPostgres } from '#lib/embedded/postgres';
import { UserError } from '../verb';
import { keepRunning } from './keep-running';

const REACH_WITHIN_MS = 5_000;
const CARRIES_WITHIN_MS = 2_000;
const TAKE_OVER_WITHIN_MS = 60_000;

/** The two servers that the apps use; ours, or those that DATABASE_URL and NATS_URL name. */
export interface Servers {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Ends those that are ours, NATS first: the log is closed last. */
  stop(): Promise<void>;
}

/** Where to start them, and whom to tell. */
export interface ServersOptions {
  readonly home: string;
  /** Default: PostgreSQL of our own in `<home>/postgres`. */
  readonly databaseUrl?: string;
  /** Default: NATS of our own in `<home>/nats`. */
  readonly natsUrl?: string;
  say(line: string): void;
  /** A server of ours died too often. */
  giveUp(reason: string): void;
}

/** Starts what is not given, both at once. @throws UserError when a given one does not answer or NATS is not installed. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const results = await Promise.allSettled([database(options), bus(options)]);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) {
    for (const server of started) await server.stop();
    throw failure.reason;
  }
  const [log, messages] = started as [RunningServer, RunningServer];
  return {
    databaseUrl: log.url,
    natsUrl: messages.url,
    async stop() {
      await messages.stop();
      await log.stop();
    },
  };
}

interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

async function database({ home, databaseUrl, say, giveUp }: ServersOptions): Promise<RunningServer> {
  if (databaseUrl) return given('DATABASE_URL', databaseUrl, reachPostgres);
  const dataDir = join(home, 'postgres');
  const first = await startPostgres({ dataDir });
  const restart = (): ReturnType<typeof startPostgres> => startPostgres({ dataDir, port: first.port });
  return { url: first.url, stop: keepRunning({ name: 'PostgreSQL', first, restart, say, giveUp, excuse: () => fullDisk(dataDir) }).stop };
}

async function bus({ home, natsUrl, say, giveUp }: ServersOptions): Promise<RunningServer> {
  if (natsUrl) return given('NATS_URL', natsUrl, reachNats);
  const storeDir = join(home, 'nats');
  const first = await startNats({ storeDir }).catch((error: Error) => {
    throw error instanceof NatsMissing ? new UserError(error.message) : error;
  });
  const { password } = new URL(first.url);
  const restart = (): ReturnType<typeof startNats> => startNats({ storeDir, port: first.port, password: decodeURIComponent(password) });
  return {
    url: first.url,
    stop: keepRunning({ name: 'NATS', first, restart, say, giveUp, excuse: () => fullDisk(storeDir), answers: () => carries(first.url) })
      .stop,
  };
}

/** nats-server 2.9 never stores anything again once its disk was full, and does not say so: its JetStream just stays silent. */
async function carries(url: string): Promise<boolean> {
  const connection = await connectTo({ ...natsOptions(url), timeout: CARRIES_WITHIN_MS, reconnect: false });
  try {
    await (await connection.jetstreamManager({ timeout: CARRIES_WITHIN_MS })).getAccountInfo();
    return true;
  } finally {
    await connection.close();
  }
}

/** A server that is not ours is left running. */
async function given(variable: string, url: string, reach: (url: string) => Promise<void>): Promise<RunningServer> {
  try {
    await reach(url);
  } catch (error) {
    throw new UserError(`${variable} (${withoutPassword(url)}) does not answer: ${reasonOf(error)}`);
  }
  return { url, stop: async () => undefined };
}

/** One of several servers may only just be taking over, or be made. */
const reachPostgres = (url: string): Promise<void> =>
  isReplicated(url)
    ? patiently(
        () => reachOnce(url),
        () => false,
        TAKE_OVER_WITHIN_MS,
      )
    : reachOnce(url);

async function reachOnce(url: string): Promise<void> {
  const client = clientOf(url, { connectionTimeoutMillis: REACH_WITHIN_MS });
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function reachNats(url: string): Promise<void> {
  const connection = await connectTo({ ...natsOptions(url), timeout: REACH_WITHIN_MS, reconnect: false });
  await connection.close();
}

/** Node reports a refused connection to several addresses of one name without a message of its own. */
function reasonOf(error: unknown): string {
  const { message, code, errors } = error as { message?: string; code?: string; errors?: Error[] };
  return message || errors?.map((one) => one.message).join(', ') || code || String(error);
}

function withoutPassword(url: string): string {
  return url.replace(/:\/\/[^@/,]*@/g, '://');
}
