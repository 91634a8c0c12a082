import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { writeKubeconfig } from '#lib/pki/kubeconfig';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import { ROOT } from '../support/program';
import { examples, pathOf } from './examples';

interface Taken {
  readonly what: string;
  readonly steps: readonly string[];
  readonly error?: string;
}

const NAMESPACE = 'client';

/** A client that others have written, over all kinds: what it makes of our answers. */
describe('the JavaScript client of Kubernetes', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await apiServerOnPostgres();
    const ask = server.client();
    await ask({ path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } });
    await ask({ path: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } } });
  }, 60_000);
  afterAll(() => server?.stop());

  test('creates, reads, lists, watches, patches, replaces and deletes an object of every kind', async () => {
    const kubeconfig = join(server.pkiDir, 'kubeconfig');
    const credentials = await server.ca.issueClient({ user: 'kubernetes-admin', groups: ['system:masters'] });
    writeKubeconfig(kubeconfig, { server: `https://127.0.0.1:${server.api.port}`, ca: server.ca.certificate, user: 'kubernetes-admin', credentials });
    const walked = examples().filter(({ kind }) => kind.verbs.includes('create') && !kind.storedAs);
    const objects = walked.map(({ kind, example: { status: _, ...object } }) => {
      const metadata = { ...object.metadata, labels: { client: kind.plural }, ...(kind.namespaced && { namespace: NAMESPACE }) };
      const inside = JSON.parse(JSON.stringify(object).replaceAll('"namespace":"walking"', `"namespace":"${NAMESPACE}"`)) as object;
      return { object: { ...inside, metadata }, path: pathOf(kind, NAMESPACE) };
    });
    const taken = await run({ kubeconfig, objects });
    const all = ['create', 'read', 'list', 'patch', 'replace', 'delete', 'watch ADDED MODIFIED DELETED'];
    const namespaceStays = all.map((step) => step.replace(' DELETED', '')); // nobody is here to finalize it
    expect(taken).toEqual(
      walked.map(({ example: { apiVersion, kind } }) => ({ what: `${apiVersion} ${kind}`, steps: kind === 'Namespace' ? namespaceStays : all })),
    );
  }, 120_000);
});

async function run(input: object): Promise<Taken[]> {
  const child = spawn(process.execPath, [join(ROOT, 'test/conformance/client.mjs')], { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(JSON.stringify(input));
  await new Promise((ended) => child.once('close', ended));
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Taken);
}
