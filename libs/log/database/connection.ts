import type { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import { endsWithPrimary, primaryAmong } from './primary-search';

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
  return { url: servers[0] as string, Client: servers.length === 1 ? Client : clientAmong(servers) };
}

/** As `new Client`, to whichever server is the primary when it connects. */
export function clientOf(url: string, config: Omit<ClientConfig, 'connectionString'>): Client {
  const to = connectionTo(url);
  return new to.Client({ ...config, connectionString: to.url });
}

/** A client that looks for the primary first, each time it connects: libpq's target_session_attrs=read-write, which pg has not. */
function clientAmong(servers: readonly string[]): typeof Client {
  return class PrimaryClient extends Client {
    override connect(): Promise<this>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<this> | void {
      const connected = primaryAmong(servers).then(({ host, hostname, port }) => {
        Object.assign(this, { host: hostname, port: Number(port || 5432) });
        this.once('end', endsWithPrimary(servers, { at: host, end: () => this.cut() }));
        return super.connect();
      });
      if (!callback) return connected as Promise<unknown> as Promise<this>;
      connected.then(() => callback(undefined as unknown as Error), callback);
    }

    /** Whoever waits for an answer is told that the connection is gone. */
    private cut(): void {
      const { connection } = this as unknown as { readonly connection: { readonly stream: Socket } };
      connection.stream.destroy(
        Object.assign(new Error('the server is the primary no more: connection terminated'), { code: 'ECONNRESET' }),
      );
    }
  };
}
