import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findKubectl, Kubectl, type KubectlResult } from '../support/kubectl';
import { freshDatabase } from '../support/database';
import { eventually, freePort, Program } from '../support/program';

/** What `npm start` starts, with two simulated nodes: from the build, on a database of its own of the PostgreSQL that the suites share. */
export interface Cluster {
  /** A namespace of that name and a kubectl that works in it; made new, so every test has its own. */
  space(name: string, program?: string): Promise<Space>;
  /** The folder of its keys and its kubeconfig. */
  readonly home: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Every kubectl that the suite is to be run with: DECKLOG_KUBECTLS (separated by `:`), else the one there is. */
export const kubectls = (process.env.DECKLOG_KUBECTLS ?? findKubectl() ?? '').split(':').filter((path) => path !== '');

/** Without any kubectl these tests say nothing; they are shown as skipped. */
export const tested = kubectls.length > 0 ? test : test.skip;

/** [name, path] of each kubectl, for `describe.each`. */
export const eachKubectl = (kubectls.length > 0 ? kubectls : ['']).map((path): [string, string] => [basename(path), path]);

/** `variables` are more environment of the cluster's process. */
export async function startCluster(variables: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-e2e-'));
  chmodSync(folder, 0o711); // NATS and PostgreSQL may run as another user
  const database = await freshDatabase();
  const home = join(folder, 'home');
  const port = await freePort();
  const program = new Program('apps/cli/main.js', ['up'], { DECKLOG_HOME: home, DECKLOG_PORT: String(port), DATABASE_URL: database.url, ...variables });
  const spaces: Space[] = [];
  const stop = async (): Promise<void> => {
    for (const space of spaces) space.dispose();
    await program.end('SIGTERM');
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  const space = async (name: string, path = kubectls[0] ?? ''): Promise<Space> => {
    const made = new Space(name, new Kubectl(join(home, 'kubeconfig'), path));
    spaces.push(made);
    if (name !== 'default') await made.run(`create namespace ${name}`);
    return made;
  };
  try {
    await program.prints('The cluster is ready', 120_000);
    if (kubectls.length > 0) await (await space('default')).run('wait --for=condition=Ready nodes --all --timeout=60s');
    return { space, home, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** kubectl in one namespace. A command is a text whose words are separated by blanks, or a list of words. */
export class Space {
  private readonly more: Kubectl[] = [];

  constructor(
    readonly name: string,
    private readonly kubectl: Kubectl,
  ) {}

  /** What it printed on stdout. @throws when it fails. */
  run(command: string | readonly string[], input = ''): Promise<string> {
    return this.kubectl.run(this.inside(command), input);
  }

  try(command: string | readonly string[], input = ''): Promise<KubectlResult> {
    return this.kubectl.try(this.inside(command), input);
  }

  /** What it said when it failed. @throws when it did not. */
  async refused(command: string | readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.try(command, input);
    if (code === 0) throw new Error(`${wordsOf(command).join(' ')} was not refused: ${stdout}`);
    return stderr.trim();
  }

  /** The same with more environment variables. */
  with(variables: Readonly<Record<string, string>>): Space {
    const kubectl = this.kubectl.with(variables);
    this.more.push(kubectl);
    return new Space(this.name, kubectl);
  }

  /** Applies files of test/e2e/manifests. */
  async apply(...files: string[]): Promise<void> {
    await this.run('apply -f -', files.map(manifest).join('\n---\n'));
  }

  /** The object, or undefined while there is none. */
  async get<T = Record<string, never>>(what: string): Promise<T | undefined> {
    const text = await this.run(`get ${what} -o json --ignore-not-found`);
    return text === '' ? undefined : (JSON.parse(text) as T);
  }

  /** The value of a jsonpath. */
  value(what: string, path: string): Promise<string> {
    return this.run(['get', ...wordsOf(what), '-o', `jsonpath=${path}`]);
  }

  /** Rows of a table without its head and without ages: `web  3/3  3  3`. */
  async rows(what: string): Promise<string[]> {
    const text = await this.run(`get ${what} --no-headers`);
    const cells = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/ \(.* ago\)/, '').split(/ {2,}/));
    return cells.map((row) => row.filter((cell) => !/^(\d+[smhd])+$/.test(cell)).join('  '));
  }

  /** Waits until the rows of a table contain this one. */
  async shows(what: string, row: string, withinMs = 30_000): Promise<void> {
    let last: string[] = [];
    await eventually(`"${row}" in: get ${what}`, async () => (last = await this.rows(what)).includes(row), withinMs).catch((error: Error) => {
      throw new Error(`${error.message}; it showed:\n${last.join('\n')}`);
    });
  }

  /** Waits until there is nothing of it. */
  async isEmpty(what: string, withinMs = 30_000): Promise<void> {
    await eventually(`nothing in: get ${what}`, async () => (await this.rows(what)).length === 0, withinMs);
  }

  dispose(): void {
    for (const kubectl of [this.kubectl, ...this.more]) kubectl.dispose();
  }

  private inside(command: string | readonly string[]): string[] {
    return ['--namespace', this.name, ...wordsOf(command)];
  }
}

const wordsOf = (command: string | readonly string[]): readonly string[] => (typeof command === 'string' ? command.split(' ') : command);

/** Text of a file of test/e2e/manifests. */
export const manifest = (name: string): string => readFileSync(join(__dirname, 'manifests', `${name}.yaml`), 'utf8');
