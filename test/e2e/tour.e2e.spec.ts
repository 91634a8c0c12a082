import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type FreshDatabase, freshDatabase } from '../support/database';
import { findKubectl } from '../support/kubectl';
import { freePort, Program, ROOT } from '../support/program';

const README = join(ROOT, 'README.md');

/** A command of the tour, and what the page says that it prints. */
interface Step {
  readonly command: string;
  readonly shown: string;
}

const kubectl = findKubectl();
const tested = kubectl ? describe : describe.skip;

/** The page does not promise what does not work: its tour is taken on a new cluster. */
tested('the tour of README.md', () => {
  let folder: string;
  let database: FreshDatabase;
  let up: Program;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-tour-'));
    chmodSync(folder, 0o711);
    database = await freshDatabase();
    up = new Program('apps/cli/main.js', ['up', '--home', join(folder, 'home'), '--port', String(await freePort())], { DATABASE_URL: database.url });
    await up.prints('The cluster is ready', 120_000);
    symlinkSync(kubectl as string, join(folder, 'kubectl'));
  }, 180_000);

  afterAll(async () => {
    await up?.end('SIGINT');
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('works command by command, and its tables have the columns that the page shows', async () => {
    const page = readFileSync(README, 'utf8');
    const steps = stepsOf(page);
    expect(steps.length).toBeGreaterThan(15);
    const told = await run(
      steps.map(({ command }) => command),
      { PATH: `${folder}${delimiter}${process.env.PATH}`, HOME: folder, KUBECONFIG: join(folder, 'home', 'kubeconfig') },
    );
    expect(steps.map(({ command }, i) => ({ command, ...told[i] })).filter(({ code }) => code !== 0)).toEqual([]);
    if (process.env.UPDATE_TOUR)
      writeFileSync(
        README,
        pasted(
          page,
          told.map(({ output }) => output),
        ),
      );
    else expect(steps.map(({ command }, i) => [command, shapeOf(told[i]?.output ?? '')])).toEqual(steps.map(({ command, shown }) => [command, shapeOf(shown)]));
  }, 180_000);
});

const BLOCK = /```console\n([^`]*)```/g;

/** Of the section about the tour alone. */
const tourOf = (page: string): string => page.slice(page.indexOf('\n## A tour'), page.indexOf('\n## How it works'));

const stepsOf = (page: string): Step[] => [...tourOf(page).matchAll(BLOCK)].flatMap(([, block = '']) => stepsIn(block));

function stepsIn(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...lines] = text.split('\n');
      return { command, shown: lines.join('\n') };
    });
}

/** Names, times and counts differ from run to run: what stays is whether something is printed, and the heads of tables. */
function shapeOf(output: string): string {
  const head = output.split('\n').find((line) => /^[A-Z][A-Z ]+$/.test(line));
  return head ? head.replace(/ +/g, ' ') : output.trim() === '' ? 'nothing' : 'something';
}

/** The page with what the commands have printed now. */
function pasted(page: string, outputs: readonly string[]): string {
  let step = 0;
  const tour = tourOf(page).replace(
    BLOCK,
    (_, block: string) =>
      `\`\`\`console\n${stepsIn(block)
        .map(({ command }) => `$ ${command}\n${outputs[step++]}`)
        .join('')}\`\`\``,
  );
  return page.replace(tourOf(page), () => tour);
}

/** All in one shell, since variables live on; each ends with a line that tells its exit code. */
async function run(commands: readonly string[], env: Readonly<Record<string, string>>): Promise<{ code: number; output: string }[]> {
  const marker = 'end-of-step-';
  const script = [
    `decklog() { ${JSON.stringify(process.execPath)} dist/apps/cli/main.js "$@"; }`,
    ...commands.flatMap((command) => [command, `echo ${marker}$?`]),
  ].join('\n');
  const shell = spawn('bash', ['-c', `exec 2>&1\n${script}`], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let all = '';
  shell.stdout.on('data', (chunk: Buffer) => (all += chunk.toString()));
  await new Promise((ended) => shell.once('close', ended));
  const parts = all.split(new RegExp(`${marker}(\\d+)\\n`));
  return commands.map((_, i) => ({ output: parts[2 * i] ?? '', code: Number(parts[2 * i + 1] ?? -1) }));
}
