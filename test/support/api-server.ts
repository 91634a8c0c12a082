import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBus } from '#lib/bus/memory-bus';
import { MemoryKeyStore } from '#lib/log/secret/key-store';
import type { EventLog } from '#lib/log/log';
import { MasterKey } from '#lib/log/secret/master-key';
import { openLog } from '#lib/log/open-log';
import { Sealer } from '#lib/log/secret/seal';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { startApi, type Api } from '../../apps/api/start';
import { altered, freeze } from '../../apps/api/testing/frozen';
import { asker, type Asker, type Identity, type Protocol } from './ask';
import { freshDatabase } from './database';
import { randomBytes } from 'node:crypto';

/** An API server in this process with everything that a test needs to talk to it. Nothing it has stored can be changed: see `freeze`. */
export interface ApiServer {
  readonly api: Api;
  readonly ca: ClusterCa;
  readonly log: EventLog;
  /** Of this process alone; nobody publishes the log on it. */
  readonly bus: MemoryBus;
  /** The folder of the cluster's keys. */
  readonly pkiDir: string;
  /** A client; default: a cluster administrator over HTTP/1.1. All are closed with the server. */
  client(identity?: Identity | null, protocol?: Protocol): Asker;
  /** The head of the log. */
  revision(): number;
  /** Objects whose content is no longer what was written. */
  altered(): string[];
  stop(): Promise<void>;
}

/** With a PostgreSQL log of its own: for `*.e2e.spec.ts`. */
export async function apiServerOnPostgres(tokens = ''): Promise<ApiServer> {
  const database = await freshDatabase();
  const opened = await openLog({ url: database.url });
  return apiServer(opened.log, tokens, async () => {
    await opened.close();
    await database.drop();
  });
}

/** `tokens` are lines of a static token file. */
export async function apiServer(log: EventLog, tokens = '', after: () => Promise<void> = async () => undefined): Promise<ApiServer> {
  const pkiDir = mkdtempSync(join(tmpdir(), 'decklog-api-'));
  const ca = await ClusterCa.loadOrCreate(pkiDir);
  if (tokens !== '') writeFileSync(join(pkiDir, 'tokens.csv'), tokens);
  const admin = await ca.issueClient({ user: 'admin', groups: ['system:masters'] });
  const bus = new MemoryBus();
  const sealer = new Sealer(new MasterKey(randomBytes(32)), new MemoryKeyStore());
  const api = await startApi({ log, bus, sealer, pkiDir, port: 0, advertise: '10.0.0.1' });
  const { world } = api.kernel;
  freeze(world);
  const clients: Asker[] = [];
  const client = (identity: Identity | null = admin, protocol: Protocol = 'HTTP/1.1'): Asker => {
    const made = asker(api.port, ca.certificate, identity ?? undefined, protocol);
    clients.push(made);
    return made;
  };
  const stop = async (): Promise<void> => {
    for (const one of clients) one.close();
    await api.stop();
    await after();
    rmSync(pkiDir, { recursive: true, force: true });
  };
  return { api, ca, log, bus, pkiDir, client, revision: () => world.revision, altered: () => altered(world), stop };
}
