import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNats, startNats } from '#lib/embedded/nats';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { writeKubeconfig } from '#lib/pki/kubeconfig';
import { servers } from '../house/derived';
import { type FreshDatabase, freshDatabase } from '../support/database';
import { findKubectl, Kubectl } from '../support/kubectl';
import { eventually, freePort, Program } from '../support/program';

/**
 * The layout of docker-compose.yml without containers: every service is a process of its own, and they meet in PostgreSQL and NATS only.
 */
describe('one process per service', () => {
  const programs = new Map<string, Program>();
  let folder: string;
  let database: FreshDatabase;
  let nats: RunningNats;
  let kubectl: Kubectl;
  let env: Record<string, string>;

  const start = (app: string): Program => {
    const program = new Program(`apps/${app}/main.js`, [], env);
    programs.set(app, program);
    return program;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-each-'));
    [database, nats] = await Promise.all([freshDatabase(), startNats({ storeDir: join(folder, 'nats') })]);
    const pkiDir = join(folder, 'pki');
    const port = await freePort();
    env = { DATABASE_URL: database.url, NATS_URL: nats.url, DECKLOG_PKI_DIR: pkiDir, DECKLOG_HOST: '127.0.0.1', DECKLOG_PORT: String(port) };
    await start('api').prints('listening');
    servers()
      .filter((app) => app !== 'api')
      .forEach(start);

    const ca = await ClusterCa.loadOrCreate(pkiDir);
    const user = 'kubernetes-admin';
    const credentials = await ca.issueClient({ user, groups: ['system:masters'] });
    const file = writeKubeconfig(join(folder, 'kubeconfig'), { server: `https://127.0.0.1:${port}`, ca: ca.certificate, user, credentials });
    kubectl = new Kubectl(file);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([...programs.values()].map((program) => program.end('SIGTERM')));
    kubectl?.dispose();
    await nats?.stop();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const tested = findKubectl() ? test : test.skip;

  tested(
    'brings a Deployment to Ready',
    async () => {
      await eventually('a ready node', async () => (await kubectl.run(['get', 'nodes', '--no-headers'])).includes(' Ready '));
      await kubectl.run(['create', 'deployment', 'web', '--image=nginx', '--replicas=3']);
      await kubectl.run(['rollout', 'status', 'deployment/web', '--timeout=90s']);
      expect(await kubectl.run(['get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'])).toBe('3');
      for (const [app, program] of programs) expect([app, program.running, program.output.includes('ERROR')]).toEqual([app, true, false]);
    },
    150_000,
  );

  tested(
    'goes on when any one of them is killed and started again',
    async () => {
      for (const app of ['deployment', 'log']) {
        await programs.get(app)!.end('SIGKILL');
        start(app);
      }
      await kubectl.run(['scale', 'deployment/web', '--replicas=5']);
      await kubectl.run(['rollout', 'status', 'deployment/web', '--timeout=90s']);
    },
    150_000,
  );

  test('ends every process at SIGTERM with exit code 0', async () => {
    const codes = await Promise.all([...programs].map(async ([app, program]) => [app, await program.end('SIGTERM')]));
    expect(codes).toEqual([...programs.keys()].map((app) => [app, 0]));
  }, 60_000);
});
