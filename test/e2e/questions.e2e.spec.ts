import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { findKubectl, type Kubectl } from '../support/kubectl';
import { eventually, ROOT } from '../support/program';
import { OwnCluster, type Said } from './own-cluster';

interface Line {
  readonly revision: number;
  readonly command?: string;
  readonly controller?: string;
  readonly summary: string;
  readonly cause: readonly number[];
}

const tested = findKubectl() ? describe : describe.skip;

/** The questions that only a log can answer, asked of a whole cluster with the real tools. */
tested('a cluster that remembers', () => {
  let cluster: OwnCluster;
  let kubectl: Kubectl;
  let server: string;

  const decklog = (...args: string[]): Promise<Said> => cluster.decklog(...args);

  beforeAll(async () => {
    cluster = await OwnCluster.start();
    ({ kubectl, server } = cluster);
    await kubectl.run(['create', 'deployment', 'web', '--image=nginx', '--replicas=2']);
    await kubectl.run(['rollout', 'status', 'deployment/web', '--timeout=60s']);
  }, 240_000);

  afterAll(() => cluster?.stop(), 60_000);

  test('shows every list as it was, byte for byte, and lets nobody change it', async () => {
    await kubectl.run(['create', 'configmap', 'settings', '--from-literal=mode=old']);
    const then = await cluster.head();
    const lists = ['configmaps', 'deployments', 'replicasets', 'pods', 'services', 'secrets', 'clusterroles'];
    const live = await Promise.all(lists.map((list) => kubectl.run(['get', list, '-A', '-o', 'yaml'])));
    await kubectl.run(['patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"mode":"new"}}']);
    await kubectl.run(['delete', 'deployment', 'web', '--cascade=foreground']);

    const asOf = `${server}/asof/${then}`;
    const past = await Promise.all(lists.map((list) => kubectl.run(['--server', asOf, 'get', list, '-A', '-o', 'yaml'])));
    expect(past.map(withoutListRevision)).toEqual(live.map(withoutListRevision));
    expect(await kubectl.run(['--server', asOf, 'get', 'configmap', 'settings', '-o', 'jsonpath={.data.mode}'])).toBe('old');
    expect(await kubectl.run(['--server', asOf, 'get', 'deployment', 'web'])).toContain('2/2');

    const refused = await kubectl.try(['--server', asOf, 'delete', 'configmap', 'settings']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('MethodNotAllowed') as string });
    expect(refused.stderr).toContain(`Warning: this is the past: the cluster as of revision ${then}`);
    expect(await kubectl.run(['get', 'configmap', 'settings', '-o', 'jsonpath={.data.mode}'])).toBe('new');
  }, 120_000);

  test('knows a time as well as a revision', async () => {
    await kubectl.run(['create', 'configmap', 'timed', '--from-literal=a=1']);
    await new Promise((next) => setTimeout(next, 1100));
    const moment = new Date().toISOString();
    await kubectl.run(['delete', 'configmap', 'timed']);
    expect(await kubectl.run(['--server', `${server}/asof/${moment}`, 'get', 'configmap', 'timed', '-o', 'name'])).toBe('configmap/timed\n');
  }, 60_000);

  test('streams every change since any revision, also since the first', async () => {
    const path = '/asof/1/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=1&timeoutSeconds=1';
    const lines = (await kubectl.run(['get', '--raw', path]))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string; resourceVersion: string } } });
    const settings = lines.filter(({ object }) => object.metadata.name === 'settings').map(({ type }) => type);
    expect(settings).toEqual(['ADDED', 'MODIFIED']);
    const revisions = lines.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  }, 60_000);

  test('tells why a pod that is gone was there: command, deployment, replicaset, scheduler, node, and the command that ended it', async () => {
    const pods = await decklog('log', '--all', '-o', 'json');
    const pod = (JSON.parse(pods.output) as { resource: string; name: string }[]).find(({ resource, name }) => resource === 'pods' && name.startsWith('web-'))
      ?.name as string;
    const { output } = await decklog('why', `pod/${pod}`, '-o', 'json');
    const story = JSON.parse(output) as { gone: boolean; steps: Line[] };
    expect(story.gone).toBe(true);
    expect(story.steps[0]).toMatchObject({ command: 'kubectl create deployment', summary: 'created' });
    const told = story.steps.map((step) => step.command ?? step.controller);
    for (const part of ['deployment', 'replicaset', 'scheduler', 'node', 'kubectl delete']) expect(told).toContain(part);
    for (const { revision, cause } of story.steps) for (const one of cause) expect(one).toBeLessThan(revision);
    expect((await decklog('why', `pod/${pod}`)).output).toMatch(/REVISION +TIME +BY +OBJECT +WHAT +BECAUSE OF\n\d+ .*kubectl create deployment/);
  }, 60_000);

  test('lists who changed an object, with the command', async () => {
    const { output } = await decklog('log', 'configmap/settings', '-o', 'json');
    const lines = JSON.parse(output) as { actor: { user: string }; request: { command?: string }; summary: string }[];
    expect(lines.map(({ actor, request, summary }) => [actor.user, request.command, summary])).toEqual([
      ['kubernetes-admin', 'kubectl create configmap', 'created'],
      ['kubernetes-admin', 'kubectl patch', 'changed data.mode'],
    ]);
  }, 60_000);

  test('is a list of changes and of requests for kubectl get, now, then and as it goes on', async () => {
    const rows = async (...words: string[]): Promise<string[][]> =>
      (await kubectl.run(['get', ...words, '--no-headers']))
        .trimEnd()
        .split('\n')
        .map((row) => row.split(/ {2,}/));
    const settings = ['changes', '--field-selector', 'resource=configmaps,name=settings'];
    expect((await rows(...settings)).map(([, by, object, what]) => [by, object, what])).toEqual([
      ['kubectl create configmap', 'default/configmaps/settings', 'created'],
      ['kubectl patch', 'default/configmaps/settings', 'changed data.mode'],
    ]);
    const [[first = ''] = [], [second = ''] = []] = await rows(...settings);
    expect(await rows('--server', `${server}/asof/${first}`, ...settings)).toHaveLength(1);
    expect(await kubectl.run(['get', 'change', second, '-o', 'jsonpath={.spec.command}|{.spec.user}|{.spec.summary}'])).toBe(
      'kubectl patch|kubernetes-admin|changed data.mode',
    );
    expect((await kubectl.try(['delete', 'change', second])).stderr).toContain('MethodNotAllowed');

    const path = `/apis/decklog.dev/v1/changes?watch=1&resourceVersion=${first}&timeoutSeconds=2&fieldSelector=resource%3Dconfigmaps%2Cnamespace%3Ddefault`;
    const [watched] = await Promise.all([kubectl.run(['get', '--raw', path]), kubectl.run(['create', 'configmap', 'watched'])]);
    const told = watched
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string }; spec: { name: string } } });
    expect(told[0]).toMatchObject({ type: 'ADDED', object: { metadata: { name: second } } });
    expect(told.at(-1)?.object.spec.name).toBe('watched');

    await kubectl.try(['delete', 'configmap', 'never-there']);
    const refused = await rows('requests.decklog.dev', '-o', 'wide', '--field-selector', 'verdict=refused,name=never-there');
    expect(refused.map((row) => row.slice(1, 7))).toEqual([
      ['kubernetes-admin', 'delete', 'default/configmaps/never-there', '404', 'refused', 'configmaps "never-there" not found'],
    ]);
  }, 60_000);

  test("decides its whole history again with today's code, and finds a planted change at its first entry", async () => {
    expect(await decklog('replay', '--check')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+ decisions made again: 0 divergences\n$/) as string,
    });
    const planted = join(cluster.folder, 'planted.js');
    const original = resolve(ROOT, 'dist/apps/replicaset/replicaset.controller.js');
    writeFileSync(
      planted,
      `const { replicaSet } = require(${JSON.stringify(original)});
       exports.replicaSet = { ...replicaSet, reconcile: (...args) => replicaSet.reconcile(...args).filter((command) => command.do !== 'create') };`,
    );
    const { code, output } = await decklog('replay', '--check', '--module', planted, '-o', 'json');
    const { divergences } = JSON.parse(output) as { divergences: { revision: number; controller: string }[] };
    expect(code).toBe(1);
    const first = JSON.parse((await decklog('log', '--all', '-o', 'json')).output).find(
      (line: { decision?: { controller: string } }) => line.decision?.controller === 'replicaset',
    ) as Line;
    expect(divergences[0]).toMatchObject({ controller: 'replicaset', revision: first.revision });
  }, 120_000);

  test('verifies as one chain, and names the entry that somebody edited', async () => {
    expect(await decklog('verify')).toMatchObject({ code: 0, output: expect.stringMatching(/^ok: \d+ entries form one chain/) as string });
    const damaged = await eventually('an entry', async () => Math.max(20, Math.floor((await cluster.head()) / 2)));
    const direct = new Client({ connectionString: cluster.databaseUrl });
    await direct.connect();
    await direct.query(`UPDATE entry SET trace = 'x' WHERE revision = $1`, [damaged]);
    await direct.end();
    expect(await decklog('verify')).toMatchObject({ code: 1, output: expect.stringContaining(`damaged at revision ${damaged}`) as string });
  }, 60_000);
});

/** kubectl prints lists as `kind: List` with a revision of its own; that of the items counts. */
const withoutListRevision = (yaml: string): string => yaml.replace(/metadata:\n {2}resourceVersion: "\d*"\n?$/, '');
