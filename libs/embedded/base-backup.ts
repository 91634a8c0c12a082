import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { Client, type ClientConfig, type Connection, Query } from 'pg';
import { inside, ownBy, runAs } from './postgres-user';

/** Where a copy comes from and goes to. */
export interface BackupOptions {
  /** Of the server that is copied, as a user who may replicate: `postgres://user:password@host:port/database`. */
  readonly from: string;
  /** As in `startPostgres`; what is in it is replaced once the copy is whole. */
  readonly dataDir: string;
}

/**
 * Copies a running server into `dataDir/data`, so that `startPostgres` with `standby` follows the one it was copied from. This is what
 * pg_basebackup does, which is not in the npm package: BASE_BACKUP of PostgreSQL's replication protocol, unpacked by tar.
 */
export async function copyPostgres({ from, dataDir }: BackupOptions): Promise<void> {
  const user = runAs();
  const folder = resolve(dataDir);
  const data = join(folder, 'data');
  const draft = `${data}.copy`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined) chmodSync(folder, 0o711);
  ownBy(draft, user);
  const tar = spawn('tar', ['-x', '--no-same-owner', '-f', '-'], {
    ...user,
    cwd: inside(draft, user).cwd,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  tar.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  tar.stdin.on('error', () => undefined); // the exit code tells
  const ended = once(tar, 'close') as Promise<[number | null]>;
  try {
    await stream(from, tar.stdin);
  } finally {
    tar.stdin.end();
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`tar failed (${code}): ${complaint}`);
  const signal = join(draft, 'standby.signal');
  writeFileSync(signal, '');
  ownBy(signal, user);
  rmSync(data, { recursive: true, force: true });
  renameSync(draft, data);
}

async function stream(from: string, into: Writable): Promise<void> {
  const client = new Client({ connectionString: from, replication: 'true' } as ClientConfig);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await new Promise<void>((resolve, reject) => {
      const query = new Backup(into);
      query.once('end', () => resolve());
      query.once('error', reject);
      client.query(query);
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Without WAL: the copy fetches what follows by itself, from what the other keeps (wal_keep_size). */
const STATEMENT = "BASE_BACKUP (LABEL 'decklog', CHECKPOINT 'fast', WAIT false, MANIFEST 'no')";

const [DATA, NEW_ARCHIVE] = ['d', 'n'].map((letter) => letter.charCodeAt(0));

/** One query whose answer is a tar archive. */
class Backup extends Query {
  private archives = 0;
  private full = false;

  constructor(private readonly into: Writable) {
    super(STATEMENT);
  }

  /** pg calls it for each piece; there is no other way to a COPY that goes out. */
  handleCopyData(message: { readonly chunk: Buffer }, connection: Connection): void {
    const [kind] = message.chunk;
    if (kind === NEW_ARCHIVE && ++this.archives > 1)
      return void connection.stream.destroy(new Error('the server has tablespaces of its own, which are not copied'));
    if (kind !== DATA || this.into.write(Buffer.from(message.chunk.subarray(1)))) return;
    if (this.full) return; // what was read already still comes
    this.full = true;
    connection.stream.pause();
    this.into.once('drain', () => {
      this.full = false;
      connection.stream.resume();
    });
  }
}
