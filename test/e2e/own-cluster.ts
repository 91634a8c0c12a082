import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNats, startNats } from '#lib/embedded/nats';
import { type FreshDatabase, freshDatabase } from '../support/database';
import { Kubectl } from '../support/kubectl';
import { freePort, Program } from '../support/program';

/** What a command of `decklog` said, and how it ended. */
export interface Said {
  readonly code: unknown;
  readonly output: string;
}

/** A cluster whose process can be ended and started again while its database and its NATS go on: they belong to one suite. */
export class OwnCluster {
  private readonly kubeconfig: string;
  private up: Program | undefined;
  private kubectlMade: Kubectl | undefined;

  private constructor(
    readonly folder: string,
    readonly databaseUrl: string,
    private readonly database: FreshDatabase,
    private readonly nats: RunningNats,
    private readonly port: number,
  ) {
    this.kubeconfig = join(folder, 'kubeconfig');
  }

  /** Resolves when the cluster and its nodes are ready. */
  static async start(): Promise<OwnCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'decklog-own-'));
    chmodSync(folder, 0o711); // NATS may run as another user
    const [database, nats, port] = await Promise.all([freshDatabase(), startNats({ storeDir: join(folder, 'nats') }), freePort()]);
    const cluster = new OwnCluster(folder, database.url, database, nats, port);
    try {
      await cluster.begin();
      await cluster.run('wait --for=condition=Ready nodes --all --timeout=60s');
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get server(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  get kubectl(): Kubectl {
    return (this.kubectlMade ??= new Kubectl(this.kubeconfig));
  }

  /** kubectl, with the words of a line. */
  run(line: string, input = ''): Promise<string> {
    return this.kubectl.run(line.split(' '), input);
  }

  async decklog(...args: string[]): Promise<Said> {
    const program = new Program('apps/cli/main.js', args, { KUBECONFIG: this.kubeconfig });
    const code = await program.exit();
    return { code, output: program.output };
  }

  /** The log's newest revision. */
  async head(): Promise<number> {
    return (JSON.parse(await this.run('get --raw /decklog/v1/head')) as { revision: number }).revision;
  }

  /** Starts the process; resolves when the cluster is ready. */
  async begin(): Promise<void> {
    this.up = new Program('apps/cli/main.js', ['up', '--home', this.folder, '--port', String(this.port)], {
      DATABASE_URL: this.database.url,
      NATS_URL: this.nats.url,
    });
    await this.up.prints('The cluster is ready', 120_000);
  }

  /** Ends the process as Ctrl-C does. Answers its exit code. */
  async end(): Promise<unknown> {
    const { up } = this;
    this.up = undefined;
    return up?.end('SIGINT');
  }

  async stop(): Promise<void> {
    await this.end();
    this.kubectlMade?.dispose();
    await this.nats.stop();
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
