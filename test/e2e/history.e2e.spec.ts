import { findKubectl, type Kubectl } from '../support/kubectl';
import { eventually } from '../support/program';
import { OwnCluster, type Said } from './own-cluster';

interface Entry {
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly type: string;
  readonly command?: string;
  readonly controller?: string;
  readonly session?: string;
  readonly summary: string;
  readonly cause: readonly number[];
}

const tested = findKubectl() ? describe : describe.skip;

/** What only the log can answer, asked of a whole cluster with real kubectl. */
tested('the history of a cluster', () => {
  let cluster: OwnCluster;
  let kubectl: Kubectl;
  let server: string;

  const k = (line: string, input = ''): Promise<string> => cluster.run(line, input);
  const decklog = (...args: string[]): Promise<Said> => cluster.decklog(...args);
  const asked = async <T>(...args: string[]): Promise<T> => {
    const { code, output } = await decklog(...args, '-o', 'json');
    if (code !== 0 && code !== 1) throw new Error(`decklog ${args.join(' ')}: ${output}`);
    return JSON.parse(output) as T;
  };
  const head = (): Promise<number> => cluster.head();
  const revisionOf = async (what: string): Promise<number> => Number(await k(`get ${what} -o jsonpath={.metadata.resourceVersion}`));
  /** Waits until nothing but heartbeats is written. */
  const quiet = (): Promise<number> =>
    eventually('a quiet cluster', async () => {
      const before = await head();
      await new Promise((next) => setTimeout(next, 1_500));
      const now = await head();
      return (await changesIn(before, now)).length === 0 && now;
    });
  const changesIn = async (after: number, upTo: number): Promise<Entry[]> => {
    const text = await k(`get --raw /decklog/v1/log?after=${after}&upTo=${upTo}`);
    const all = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
    return all.filter(({ resource }) => resource !== 'leases.coordination.k8s.io' && resource !== 'nodes');
  };

  beforeAll(async () => {
    cluster = await OwnCluster.start();
    ({ kubectl, server } = cluster);
  }, 240_000);

  afterAll(() => cluster?.stop(), 60_000);

  test('N4: every version of an object, over delete and recreate, with who, when and the command', async () => {
    await k('create configmap app --from-literal=mode=old');
    await k('patch configmap app --type=merge -p {"data":{"mode":"new"}}');
    await k('delete configmap app');
    await k('create configmap app --from-literal=mode=again');
    const lines = await asked<(Entry & { uid: string })[]>('history', 'cm/app');
    expect(lines.map(({ type, user, command, summary }) => [type, user, command, summary])).toEqual([
      ['ADDED', 'kubernetes-admin', 'kubectl create configmap', 'created'],
      ['MODIFIED', 'kubernetes-admin', 'kubectl patch', 'changed data.mode'],
      ['DELETED', 'kubernetes-admin', 'kubectl delete', 'deleted'],
      ['ADDED', 'kubernetes-admin', 'kubectl create configmap', 'created'],
    ]);
    expect(new Set(lines.map(({ uid }) => uid)).size).toBe(2);
    expect((await decklog('history', 'cm/app', '--diff')).output).toContain('\n-  mode: old\n+  mode: new\n');
    expect(await decklog('history', 'cm/nobody')).toMatchObject({ code: 1, output: expect.stringContaining('configmaps "nobody" not found') as string });
  }, 60_000);

  test('N5: who set each field, and every value it ever had', async () => {
    await k('create deployment web --image=nginx:1 --replicas=2');
    await k('rollout status deployment/web --timeout=60s');
    await k('scale deployment/web --replicas=4');
    await k('set image deployment/web nginx=nginx:2');
    await k('rollout status deployment/web --timeout=60s');
    const { values } = await asked<{ values: (Entry & { value: unknown })[] }>('blame', 'deploy/web', '.spec.replicas');
    expect(values.map(({ value, command }) => [value, command])).toEqual([
      [2, 'kubectl create deployment'],
      [4, 'kubectl scale'],
    ]);
    const { fields } = await asked<{ fields: (Entry & { path: string; value: unknown })[] }>('blame', 'deploy/web');
    const by = (path: string) => fields.find((field) => field.path === path);
    expect(by('.spec.template.spec.containers[name=nginx].image')).toMatchObject({ value: 'nginx:2', command: 'kubectl set image' });
    expect(by('.status.readyReplicas')).toMatchObject({ value: 4, controller: 'deployment' });
    expect((await decklog('blame', 'deploy/web')).output).toMatch(/\.spec\.replicas +4\n/);
  }, 120_000);

  test('N7: why a pod is gone whose node was drained', async () => {
    await k('create deployment lost --image=nginx --replicas=1');
    await k('rollout status deployment/lost --timeout=60s');
    const [name = '', node = ''] = (await k('get pods -l app=lost -o jsonpath={.items[0].metadata.name}|{.items[0].spec.nodeName}')).split('|');
    await k(`drain ${node} --ignore-daemonsets --force --delete-emptydir-data --timeout=60s`);
    await k(`get pod ${name} --ignore-not-found`);
    const { gone, steps } = await asked<{ gone: boolean; steps: Entry[] }>('why', `pod/${name}`);
    expect(gone).toBe(true);
    expect(steps.some(({ command, resource }) => command === 'kubectl drain' && resource === 'pods')).toBe(true);
    await k(`uncordon ${node}`);
  }, 120_000);

  test('N8: everything that one run of kubectl caused, and nothing else', async () => {
    await k('rollout status deployment/web --timeout=60s');
    const before = await quiet();
    await k('scale deployment/web --replicas=5');
    await k('rollout status deployment/web --timeout=60s');
    const after = await quiet();
    const changes = await changesIn(before, after);
    const log = await asked<{ revision: number; request: { session?: string; command?: string } }[]>('log', '--after', String(before), '--limit', '500');
    const session = log.find(({ request }) => request.command === 'kubectl scale')?.request.session ?? '';
    const impact = await asked<(Entry & { as: string })[]>('impact', '--session', session);
    expect(impact.map(({ revision }) => revision)).toEqual(changes.map(({ revision }) => revision));
    expect(impact.filter(({ resource, type }) => resource === 'pods' && type === 'ADDED')).toHaveLength(1);
    expect(impact[0]).toMatchObject({ as: 'root', command: 'kubectl scale' });
    const same = await asked<Entry[]>('impact', String(impact[0]?.revision));
    expect(same.map(({ revision }) => revision)).toEqual(impact.map(({ revision }) => revision));
  }, 120_000);

  test('N9: one change taken back, later ones kept; fields that were changed again are named with exit code 3', async () => {
    await k('create deployment api --image=nginx:1 --replicas=1');
    await k('label deployment api tier=gold');
    const labelled =
      (await asked<(Entry & { request: Entry })[]>('log', 'deploy/api', '--all')).find(({ request }) => request.command === 'kubectl label')?.revision ?? 0;
    await k('set image deployment/api nginx=nginx:2');
    const dry = await decklog('undo', String(labelled), '--dry-run');
    expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('.metadata.labels.tier gold → (none)') as string });
    expect(await k('get deployment api -o jsonpath={.metadata.labels.tier}')).toBe('gold');
    expect(await decklog('undo', String(labelled))).toMatchObject({ code: 0 });
    expect(await k('get deployment api -o jsonpath={.metadata.labels.tier}|{.spec.template.spec.containers[0].image}')).toBe('|nginx:2');
    const [undone] = (await asked<{ request: { command?: string }; actor: { user: string } }[]>('log', 'deploy/api', '--all')).filter(({ request }) =>
      request.command?.startsWith('decklog'),
    );
    expect(undone).toMatchObject({ actor: { user: 'kubernetes-admin' }, request: { command: `decklog undo ${labelled}` } });

    await k('scale deployment/api --replicas=2');
    const scaled = (await asked<{ values: Entry[] }>('blame', 'deploy/api', '.spec.replicas')).values.at(-1)?.revision ?? 0;
    await k('scale deployment/api --replicas=3');
    const refused = await decklog('undo', String(scaled));
    expect(refused.code).toBe(3);
    expect(refused.output).toMatch(/\.spec\.replicas was changed again by revision \d+ \(kubectl scale\): it wrote 2, now it is 3/);
    expect(await k('get deployment api -o jsonpath={.spec.replicas}')).toBe('3');
  }, 120_000);

  test('N10: a namespace comes back with all it held, and controllers make the rest', async () => {
    await k('create namespace shop');
    await k('create deployment front --image=nginx --replicas=2 -n shop');
    await k('create configmap settings --from-literal=a=1 -n shop');
    await k('create secret generic key --from-literal=password=hunter2 -n shop');
    await k('expose deployment front --port=80 -n shop');
    await k('rollout status deployment/front -n shop --timeout=60s');
    const contents = async (): Promise<object[]> => {
      const { items } = JSON.parse(await k('get deployments,configmaps,secrets,services,serviceaccounts -n shop -o json')) as {
        items: { kind: string; metadata: { name: string; labels?: object }; spec?: object; data?: object }[];
      };
      return items
        .map(({ kind, metadata: { name, labels }, spec, data }) => ({ kind, name, labels, spec, data }))
        .sort((a, b) => (`${a.kind}${a.name}` < `${b.kind}${b.name}` ? -1 : 1));
    };
    const before = await contents();
    await k('delete namespace shop --timeout=60s');
    expect(await decklog('undelete', 'ns/shop')).toMatchObject({ code: 0, output: expect.stringMatching(/created +shop\/deployments.apps\/front/) as string });
    await k('rollout status deployment/front -n shop --timeout=60s');
    expect(await contents()).toEqual(before);
    expect((await k('get pods -n shop -o name')).trim().split('\n')).toHaveLength(2);
    const again = await asked<{ objects: { change: string }[] }>('undelete', 'ns/shop');
    expect(new Set(again.objects.map(({ change }) => change))).toEqual(new Set(['kept']));
    await k('patch configmap settings -n shop --type=merge -p {"data":{"a":"2"}}');
    expect(await decklog('undelete', 'ns/shop')).toMatchObject({
      code: 3,
      output: expect.stringContaining('configmaps/settings there is another one by now') as string,
    });
    expect(await decklog('undelete', 'cm/settings', '-n', 'shop')).toMatchObject({ code: 3, output: expect.stringContaining('already exists') as string });
  }, 180_000);

  test('N11: what differs between two moments, with the exit codes of diff', async () => {
    const from = await quiet();
    expect((await decklog('diff', `${from}..${from}`)).code).toBe(0);
    await k('create configmap later --from-literal=a=1');
    await k('scale deployment/api --replicas=1');
    await k('rollout status deployment/api --timeout=60s');
    const to = await quiet();
    const { code, output } = await decklog('diff', `${from}..${to}`);
    expect(code).toBe(1);
    expect(output).toContain('+++ b/default/configmaps/later.yaml');
    expect(output).toMatch(/^-  replicas: 3\n\+  replicas: 1$/m);
    const part = await asked<{ objects: Entry[]; added: number }>('diff', `${from}..${to}`, 'cm', '-n', 'default');
    expect(part.objects.map(({ name }) => name)).toEqual(['later']);
    expect((await decklog('diff', `${from}..${to}`, 'cm/app')).code).toBe(0);
    expect((await decklog('diff', `${from}..99999999`)).code).toBe(2);
    expect((await decklog('diff', '1h..now', '--brief')).output).toMatch(/added +default\/configmaps\/later/);
  }, 120_000);

  test('N12: the change that made a sentence about the cluster false, as a look at every revision finds it', async () => {
    await k('create configmap counted --from-literal=n=1');
    const good = await revisionOf('configmap counted');
    for (const n of [2, 3, 9, 4]) await k(`patch configmap counted --type=merge -p {"data":{"n":"${n}"}}`);
    for (let n = 10; n < 14; n++) await k(`patch configmap counted --type=merge -p {"data":{"n":"${n}"}}`);
    const bad = await head();
    const expression = 'configmaps.filter(c, c.metadata.name == "counted").all(c, int(c.data["n"]) < 10)';
    const found = await asked<{ revision: number; looks: object[]; entry: Entry }>('bisect', '--good', String(good), '--bad', String(bad), expression);
    const linear = (await asked<{ values: (Entry & { value: string })[] }>('blame', 'cm/counted', '.data.n')).values.find(({ value }) => Number(value) >= 10);
    expect(found.revision).toBe(linear?.revision);
    expect(found.entry).toMatchObject({ name: 'counted', command: 'kubectl patch' });
    expect(found.looks.length).toBeLessThanOrEqual(Math.ceil(Math.log2(bad - good + 1)) + 1);
    expect(await decklog('bisect', 'size(pods) >= 0')).toMatchObject({ code: 1, output: expect.stringContaining('still true at revision') as string });
    expect(await decklog('bisect', 'size(boats) >= 0')).toMatchObject({ code: 1, output: expect.stringContaining('Unknown variable: boats') as string });
  }, 120_000);

  test('N25: who could what, then; and history is only for those who may see it now', async () => {
    await k('create role watcher --verb=delete --resource=pods');
    await k('create rolebinding watchers --role=watcher --user=bob');
    const then = await head();
    await k('delete rolebinding watchers');
    const asOf = `${server}/asof/${then}`;
    expect(await k(`--server ${asOf} auth can-i --list --as bob`)).toMatch(/^pods +\[\] +\[\] +\[delete\]/m);
    expect(await k('auth can-i --list --as bob')).not.toMatch(/^pods /m);
    expect(await k(`--server ${asOf} auth can-i delete pods --as bob`)).toBe('yes\n');
    expect((await kubectl.try(['auth', 'can-i', 'delete', 'pods', '--as', 'bob'])).stdout).toBe('no\n');
    const { subjects } = await asked<{ subjects: { kind: string; name: string }[] }>('who-could', 'delete', 'pods', '--at', String(then));
    expect(subjects).toContainEqual(expect.objectContaining({ kind: 'User', name: 'bob' }));
    expect((await asked<{ subjects: object[] }>('who-could', 'delete', 'pods')).subjects).not.toContainEqual(expect.objectContaining({ name: 'bob' }));

    await k('create role reader --verb=get --verb=list --resource=configmaps');
    await k('create rolebinding readers --role=reader --user=bob');
    expect(await k('get configmap app -o name --as bob')).toBe('configmap/app\n');
    const refused = await kubectl.try(['--server', asOf, 'get', 'configmap', 'app', '--as', 'bob']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('User "bob" cannot history resource "configmaps"') as string });
    expect((await kubectl.try(['get', '--raw', '/decklog/v1/history?resource=configmaps&namespace=default&name=app', '--as', 'bob'])).stderr).toContain(
      'cannot get path "/decklog/v1/history"',
    );
  }, 120_000);

  test('shows each only the entries of objects that he may see', async () => {
    await k('create clusterrole asks', '').catch(() => undefined);
    await k(
      'apply -f -',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            metadata: { name: 'asks' },
            rules: [{ verbs: ['get'], nonResourceURLs: ['/decklog/v1/*'] }],
          },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRoleBinding',
            metadata: { name: 'asks' },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'asks' },
            subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'carol' }],
          },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'Role',
            metadata: { name: 'remembers', namespace: 'default' },
            rules: [{ verbs: ['get', 'history'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['app'] }],
          },
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'RoleBinding',
            metadata: { name: 'remembers', namespace: 'default' },
            roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'remembers' },
            subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'carol' }],
          },
        ],
      }),
    );
    const seen = (await kubectl.run(['get', '--raw', '/decklog/v1/log', '--as', 'carol']))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
    expect(new Set(seen.map(({ resource, name }) => `${resource}/${name}`))).toEqual(new Set(['configmaps/app']));
    expect(await kubectl.run(['get', '--raw', '/decklog/v1/blame?resource=configmaps&namespace=default&name=app', '--as', 'carol'])).toContain('".data.mode"');
    expect((await kubectl.try(['get', '--raw', '/decklog/v1/blame?resource=configmaps&namespace=default&name=later', '--as', 'carol'])).stderr).toContain(
      'Forbidden',
    );
    expect((await kubectl.try(['get', '--raw', '/decklog/v1/bisect?expr=size(pods)%3E0', '--as', 'carol'])).stderr).toContain(
      'cannot read the history of all pods',
    );
  }, 60_000);

  test('N27: Kubernetes Events of then are still there when they have expired', async () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'old.1', namespace: 'default' },
      involvedObject: { kind: 'ConfigMap', name: 'app', namespace: 'default' },
      reason: 'Remembered',
      message: 'said long ago',
      type: 'Normal',
      source: { component: 'test' },
    };
    await k('create -f -', JSON.stringify(event));
    await k('delete event old.1'); // as event-ttl does after an hour: test/expired-events.spec.ts
    expect(await k('get events --field-selector reason=Remembered -o name')).toBe('');
    const [made] = await asked<(Entry & { at: string })[]>('history', 'event/old.1');
    const asOf = `${server}/asof/${made?.revision}`;
    expect(await k(`--server ${asOf} get events --field-selector reason=Remembered`)).toContain('said long ago');
    expect(await k(`--server ${server}/asof/${made?.at} get events -n default -o name`)).toContain('event/old.1');
  }, 60_000);

  test('N7: who deleted a pod: the node that it ran on was deleted by a command', async () => {
    const [name = '', node = ''] = (await k('get pods -l app=web -o jsonpath={.items[0].metadata.name}|{.items[0].spec.nodeName}')).split('|');
    await k(`delete node ${node}`);
    await eventually('the end of the pod', async () => (await k(`get pod ${name} --ignore-not-found`)) === '', 100_000);
    const { steps } = await asked<{ steps: Entry[] }>('why-deleted', `pod/${name}`);
    const [first, last] = [steps[0], steps.at(-1)];
    expect(first).toMatchObject({ resource: 'nodes', name: node, type: 'DELETED', command: 'kubectl delete' });
    expect(last).toMatchObject({ resource: 'pods', name, type: 'DELETED' });
    expect(last?.cause.length).toBeGreaterThan(0);
    expect(await decklog('why-deleted', 'cm/app')).toMatchObject({ code: 1, output: 'nobody has asked it to go\n' });
  }, 150_000);
});
