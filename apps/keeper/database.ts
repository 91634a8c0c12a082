import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { copyPostgres } from '#lib/embedded/base-backup';
import { endOrphan } from '#lib/embedded/postgres-user';
import { type RunningPostgres, startPostgres } from '#lib/embedded/postgres';
import type { KeeperConfig } from './config';

const ANSWER_WITHIN_MS = 2_000;
const STOP_WITHIN_MS = 60_000;

/** Of the standby, as the primary sees it. */
export interface Replication {
  readonly streaming: boolean;
  /** Commits wait for it. */
  readonly awaited: boolean;
  /** It has everything up to the place that was given. */
  readonly reached: boolean;
  /** Where the log of the primary ends now. */
  readonly end: string;
}

/** The PostgreSQL of one keeper: primary or standby. */
export class Database {
  private running: RunningPostgres | undefined;
  /** What its file of settings says; undefined: whatever an earlier keeper wrote. */
  private waits: boolean | undefined;

  constructor(private readonly config: KeeperConfig) {}

  get runs(): boolean {
    try {
      return this.running !== undefined && process.kill(this.running.pid, 0);
    } catch {
      return false;
    }
  }

  /** There are data, and they were those of a standby when it ran last. */
  get isCopy(): boolean {
    return existsSync(join(this.data, 'standby.signal'));
  }

  async startPrimary(): Promise<void> {
    const isCopy = this.isCopy; // it died while it took over
    await this.start(isCopy);
    if (isCopy) await this.promote();
  }

  /** One that a keeper left behind which was killed is no longer anybody's. */
  async endLeftover(): Promise<void> {
    await endOrphan(this.data, STOP_WITHIN_MS);
  }

  /** Follows the primary; copies it first when what is here was something else. */
  async startStandby(primary: string): Promise<void> {
    if (!this.isCopy) await this.copy(primary);
    const { hostname, port, username, password } = new URL(primary);
    this.configure({
      primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`,
      synchronous_standby_names: '',
    });
    this.waits = undefined;
    await this.start(true);
  }

  /** What is here is thrown away once the copy is whole. */
  async copy(primary: string): Promise<void> {
    await this.kill();
    await copyPostgres({ from: primary, dataDir: this.config.folder });
  }

  async promote(): Promise<void> {
    this.waits = undefined;
    this.waitForStandby(false);
    await this.ask('SELECT pg_promote(true, 30)');
  }

  /** Whether commits wait for a standby. */
  waitForStandby(wait: boolean): void {
    if (this.waits === wait) return;
    this.waits = wait;
    this.configure({ synchronous_standby_names: wait ? '*' : '' });
    if (this.running) process.kill(this.running.pid, 'SIGHUP');
  }

  /** `mark` is an `end` that was told before. */
  async replication(mark = 'FFFFFFFF/FFFFFFFF'): Promise<Replication> {
    const [row] = await this.ask<Replication>(
      `SELECT state = 'streaming' AS streaming, sync_state = 'sync' AS awaited, coalesce(flush_lsn >= '${mark}', false) AS reached, pg_current_wal_lsn()::text AS end
       FROM pg_stat_replication WHERE application_name = 'standby'`,
    );
    return row ?? { streaming: false, awaited: false, reached: false, end: '' };
  }

  /** Of a standby: something comes from the primary. */
  async receives(): Promise<boolean> {
    const [row] = await this.ask<{ yes: boolean }>(`SELECT count(*) > 0 AS yes FROM pg_stat_wal_receiver WHERE status = 'streaming'`);
    return row?.yes ?? false;
  }

  /** At once, whatever it does: nobody is to be told anything by it any more. */
  async kill(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (!running) return;
    try {
      process.kill(running.pid, 'SIGKILL');
    } catch {
      return; // it had gone
    }
    await running.stop(); // resolves when it is gone
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    this.running = undefined;
  }

  private get data(): string {
    return join(this.config.folder, 'data');
  }

  private async start(standby: boolean): Promise<void> {
    await this.kill();
    const { folder, host, port, password } = this.config;
    const settings = {
      listen_addresses: host,
      max_wal_senders: 8,
      wal_keep_size: '2GB',
      hot_standby: 'on',
      wal_receiver_status_interval: '1s',
      wal_receiver_timeout: '5s',
      wal_sender_timeout: '3s',
      wal_retrieve_retry_interval: '300ms',
    };
    this.running = await startPostgres({ dataDir: folder, port, password, settings, standby, local: false });
  }

  /** Its own file of settings that may change while it runs, whole each time; the owner stays. */
  private configure(settings: Readonly<Record<string, string>>): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
    writeFileSync(join(this.data, 'postgresql.auto.conf'), lines.join(''));
  }

  private async ask<R extends object>(statement: string): Promise<R[]> {
    const connectionString = this.running?.url.replace(/\/decklog$/, '/postgres');
    if (!connectionString) throw new Error('PostgreSQL does not run');
    const client = new Client({
      connectionString,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: statement.includes('pg_promote') ? 30_000 : ANSWER_WITHIN_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<R>(statement)).rows;
    } finally {
      void client.end().catch(() => undefined);
    }
  }
}
