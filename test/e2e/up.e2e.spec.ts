import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKubectl, Kubectl } from '../support/kubectl';
import { childrenOf, eventually, freePort, Program } from '../support/program';

const READY = 'The cluster is ready';

describe('decklog up', () => {
  const programs: Program[] = [];
  let folder: string;
  let env: Record<string, string>;
  let kubectl: Kubectl;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-up-'));
    chmodSync(folder, 0o711);
    env = { DECKLOG_HOME: join(folder, 'home'), DECKLOG_PORT: String(await freePort()) };
    kubectl = new Kubectl(join(folder, 'home', 'kubeconfig'));
  });

  afterAll(async () => {
    for (const program of programs) await program.end('SIGTERM');
    kubectl.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const up = (extra: Record<string, string> = {}, args: string[] = []): Program => {
    const program = new Program('apps/cli/main.js', ['up', ...args], { ...env, ...extra });
    programs.push(program);
    return program;
  };
  const tested = findKubectl() ? test : test.skip;

  tested(
    'starts a whole cluster, writes a private kubeconfig and says what to type next',
    async () => {
      const program = up();
      await program.prints(READY);
      expect(program.output).toContain('export KUBECONFIG=');
      expect(statSync(join(env.DECKLOG_HOME!, 'kubeconfig')).mode & 0o777).toBe(0o600);
      expect(await kubectl.run(['config', 'current-context'])).toBe('decklog\n');
      await kubectl.run(['create', 'configmap', 'kept', '--from-literal=a=1']);
      await kubectl.run(['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s']);
    },
    120_000,
  );

  test('refuses a second start on the same folder and on a taken port', async () => {
    const second = up();
    expect(await second.exit()).toBe(1);
    expect(second.output).toMatch(new RegExp(`^decklog: .*home is in use by process ${programs[0]!.pid}: .*\n$`));

    const port = await freePort();
    const other: Server = createServer().listen(port, '127.0.0.1');
    const third = up({ DECKLOG_HOME: join(folder, 'other'), DECKLOG_PORT: String(port) });
    expect(await third.exit()).toBe(1);
    expect(third.output).toMatch(new RegExp(`^decklog: port ${port} is taken: .*\n$`));
    other.close();
    expect(existsSync(join(folder, 'other', 'lock'))).toBe(false);
  }, 60_000);

  tested(
    'goes on when PostgreSQL and NATS die under it',
    async () => {
      const [program] = programs as [Program];
      for (const name of ['postgres', 'nats-server']) {
        const [pid] = childrenOf(program.pid, name);
        process.kill(pid!, 'SIGKILL');
        await program.prints(`${name === 'postgres' ? 'PostgreSQL' : 'NATS'} runs again`);
        await eventually('a write', () => kubectl.run(['create', 'configmap', `after-${name}`]), 30_000);
      }
      await kubectl.run(['create', 'deployment', 'web', '--image=nginx', '--replicas=2']);
      await kubectl.run(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    },
    180_000,
  );

  tested(
    'stops everything at SIGTERM, and finds everything at the next start',
    async () => {
      const [first] = programs as [Program];
      const children = childrenOf(first.pid);
      expect(children.length).toBeGreaterThanOrEqual(2);
      const start = Date.now();
      expect(await first.end('SIGTERM')).toBe(0);
      expect(Date.now() - start).toBeLessThan(30_000);
      for (const pid of children) expect(() => process.kill(pid, 0)).toThrow('ESRCH');

      const next = up();
      await next.prints(READY);
      expect(await kubectl.run(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'])).toBe('1');
      await kubectl.run(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    },
    120_000,
  );

  tested(
    'recovers from SIGKILL without help',
    async () => {
      await programs.at(-1)!.end('SIGKILL');
      const next = up();
      await next.prints(READY);
      expect(await kubectl.run(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'])).toBe('1');
      expect(await next.end('SIGINT')).toBe(0);
    },
    120_000,
  );

  test.each([
    ['DATABASE_URL', 'postgres://nobody:secret@127.0.0.1:1/none'],
    ['NATS_URL', 'nats://nobody:secret@127.0.0.1:1'],
  ])(
    'says in one line that %s does not answer, without its password',
    async (variable, url) => {
      const program = up({ [variable]: url });
      expect(await program.exit()).toBe(1);
      expect(program.output).toMatch(new RegExp(`^decklog: ${variable} \\(.*127.0.0.1:1.*\\) does not answer: .*\n$`));
      expect(program.output).not.toContain('secret');
    },
    60_000,
  );

  test('says what is wrong with its flags', async () => {
    const program = up({}, ['--port', '70000']);
    expect(await program.exit()).toBe(2);
    expect(program.output).toBe('decklog: up: --port must not be greater than 65535 (got "70000")\n');
  }, 60_000);
});
