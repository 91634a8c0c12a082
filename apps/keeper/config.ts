import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Settings of a keeper, or of the witness. */
export interface KeeperConfig {
  /** `witness`, or what the keeper is called. */
  readonly name: string;
  /** Everything it keeps. */
  readonly folder: string;
  readonly natsUrl: string;
  /** Where its PostgreSQL listens. */
  readonly host: string;
  readonly port: number;
  /** Of the database's user, the same for both. */
  readonly password: string;
  /** The other keeper: `name=postgres://decklog:…@host:port/postgres`. */
  readonly peer: { readonly name: string; readonly url: string };
}

/** @throws Error that names what is missing */
export function readConfig(env: NodeJS.ProcessEnv): KeeperConfig {
  const required = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is not set`);
    return value;
  };
  const name = required('KEEPER_NAME');
  const folder = join(required('KEEPER_DIR'));
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const common = { name, folder, natsUrl: required('NATS_URL') };
  if (name === 'witness') return { ...common, host: '', port: 0, password: '', peer: { name: '', url: '' } };
  const [peerName = '', peerAddress = ''] = required('KEEPER_PEER').split('=');
  const password = required('POSTGRES_PASSWORD');
  return {
    ...common,
    host: env.KEEPER_HOST ?? '127.0.0.1',
    port: Number(env.KEEPER_PORT ?? 5432),
    password,
    peer: { name: peerName, url: `postgres://decklog:${encodeURIComponent(password)}@${peerAddress}/postgres` },
  };
}
