import { Client, type ClientConfig } from 'pg';

/** Among several servers, one that does not say within this that it is the primary is not it. */
const ANSWER_WITHIN_MS = 2_000;

/** The form of a connection string of libpq with several hosts: `postgres://user:password@one:5432,two:5432/database`. */
const SEVERAL = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]+)(.*)$/;

/** The same address once per server. One that names a single server is returned as it is. */
export function serversOf(url: string): string[] {
  const [, before = '', hosts = '', after = ''] = SEVERAL.exec(url) ?? [];
  if (!hosts.includes(',')) return [url];
  return hosts.split(',').map((host) => `${before}${host}${withoutAttributes(after)}`);
}

/** We always look for the primary; pg does not know the parameter. */
const withoutAttributes = (after: string): string => after.replace(/([?&])target_session_attrs=[^&]*&?/, '$1').replace(/[?&]$/, '');

/** Whether several servers are named: one of them takes over when another is lost. */
export const isReplicated = (url: string): boolean => serversOf(url).length > 1;

/** What a pool or a caller needs to connect: the options of one server, and a `Client` that finds the one that may be written. */
export function connectionTo(url: string): { readonly url: string; readonly Client: typeof Client } {
  const servers = serversOf(url);
  return { url: servers[0] as string, Client: servers.length === 1 ? Client : primaryAmong(servers) };
}

/** As `new Client`, to whichever server is the primary when it connects. */
export function clientOf(url: string, config: Omit<ClientConfig, 'connectionString'>): Client {
  const to = connectionTo(url);
  return new to.Client({ ...config, connectionString: to.url });
}

/** A client that asks all servers first, each time it connects: libpq's target_session_attrs=read-write, which pg has not. */
function primaryAmong(servers: readonly string[]): typeof Client {
  return class PrimaryClient extends Client {
    override connect(): Promise<this>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<this> | void {
      const connected = Promise.any(servers.map(primaryAt)).then(
        ({ hostname, port }) => {
          Object.assign(this, { host: hostname, port: Number(port || 5432) });
          return super.connect();
        },
        ({ errors }: AggregateError) => {
          throw Object.assign(new Error(`no primary among ${servers.length} servers: ${errors.map((error: Error) => error.message).join('; ')}`), { code: 'ECONNREFUSED' });
        },
      );
      if (!callback) return connected as Promise<unknown> as Promise<this>;
      connected.then(() => callback(undefined as unknown as Error), callback);
    }
  };
}

async function primaryAt(server: string): Promise<URL> {
  const client = new Client({ connectionString: server, connectionTimeoutMillis: ANSWER_WITHIN_MS, query_timeout: ANSWER_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
    if (rows[0]?.standby !== false) throw new Error(`${new URL(server).host} is a standby`);
    return new URL(server);
  } finally {
    void client.end().catch(() => undefined);
  }
}
