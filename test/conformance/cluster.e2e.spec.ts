import { startCluster, tested, type Cluster, type Space } from '../e2e/cluster';
import { eventually } from '../support/program';

interface Thing {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
    readonly finalizers?: string[];
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind has its own
  readonly [part: string]: any;
}

/** What conformance asks of a cluster whose controllers run, with real kubectl. README.md says which test is whose. */
describe('a whole cluster', () => {
  let cluster: Cluster;
  let space: Space;
  beforeAll(async () => {
    cluster = await startCluster();
    space = await cluster.space('conforming');
  }, 240_000);
  afterAll(() => cluster?.stop(), 60_000);

  const json = async <T = Thing>(command: string | string[], input = ''): Promise<T> => JSON.parse(await space.run(command, input)) as T;
  const make = (object: object): Promise<string> => space.run('create -f -', JSON.stringify(object));

  tested(
    'puts the certificate of its authority into every namespace, and puts it back',
    async () => {
      const [first] = await Promise.all([eventually('the map', () => space.get<Thing>('configmap kube-root-ca.crt'))]);
      expect(first.data['ca.crt']).toContain('BEGIN CERTIFICATE');
      await space.run('delete configmap kube-root-ca.crt');
      const second = await eventually('another map', () => space.get<Thing>('configmap kube-root-ca.crt'));
      expect(second.data).toEqual(first.data);
      await space.run(['patch', 'configmap', 'kube-root-ca.crt', '--type=merge', '-p', '{"data":{"ca.crt":"","more":"x"}}']);
      await eventually('its content', async () => (await space.get<Thing>('configmap kube-root-ca.crt'))?.data['ca.crt'] === first.data['ca.crt']);
    },
    60_000,
  );

  tested(
    'gives every namespace an account, and makes it again',
    async () => {
      expect(await eventually('the account', () => space.get('serviceaccount default'))).toBeDefined();
      await space.run('delete serviceaccount default');
      expect(await eventually('another account', () => space.get('serviceaccount default'))).toBeDefined();
    },
    60_000,
  );

  tested(
    'has a namespace patched, updated, and given a status',
    async () => {
      await space.run('create namespace changing');
      await space.run(['patch', 'namespace', 'changing', '-p', '{"metadata":{"labels":{"testLabel":"testValue"}}}']);
      expect(await space.value('namespace changing', '{.metadata.labels.testLabel}')).toBe('testValue');
      const read = await json('get namespace changing -o json');
      await space.run('replace -f -', JSON.stringify({ ...read, metadata: { ...read.metadata, labels: { ...read.metadata.labels, changing: 'updated' } } }));
      expect(await space.value('namespace changing', '{.metadata.labels.changing}')).toBe('updated');
      const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched' };
      await space.run([
        'patch',
        'namespace',
        'changing',
        '--subresource=status',
        '--type=merge',
        '-p',
        JSON.stringify({ metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [condition] } }),
      ]);
      const patched = await json('get namespace changing -o json');
      expect(patched).toMatchObject({ metadata: { annotations: { patchedstatus: 'true' } }, status: { phase: 'Active', conditions: [condition] } });
      const update = { ...condition, type: 'StatusUpdate', message: 'Updated' };
      await space.run('replace --subresource=status -f -', JSON.stringify({ ...patched, status: { ...patched.status, conditions: [condition, update] } }));
      expect((await json('get namespace changing -o json')).status.conditions).toMatchObject([condition, update]);
      await space.run('delete namespace changing');
    },
    60_000,
  );

  tested(
    'holds a namespace as long as one of its finalizers does',
    async () => {
      await space.run('create namespace held');
      const read = await json('get namespace held -o json');
      const held = await json(
        'replace --raw /api/v1/namespaces/held/finalize -f -',
        JSON.stringify({ ...read, spec: { finalizers: ['e2e.example.com/fakeFinalizer', ...read.spec.finalizers] } }),
      );
      expect(held.spec.finalizers).toEqual(['e2e.example.com/fakeFinalizer', 'kubernetes']);
      await space.run('delete namespace held --wait=false');
      const going = await eventually('nothing but the finalizer', async () => {
        const now = await json('get namespace held -o json');
        return now.spec.finalizers.length === 1 && now;
      });
      expect(going).toMatchObject({ spec: { finalizers: ['e2e.example.com/fakeFinalizer'] }, status: { phase: 'Terminating' } });
      await space.run('replace --raw /api/v1/namespaces/held/finalize -f -', JSON.stringify({ ...going, spec: { finalizers: [] } }));
      await space.isEmpty('namespace held --ignore-not-found');
    },
    60_000,
  );

  tested(
    'removes the services of a namespace with it, and a new one of that name is empty',
    async () => {
      await space.run('create namespace serving');
      await space.run('create service clusterip test-service --tcp=80:80 -n serving');
      await space.run('delete namespace serving --timeout=60s');
      await space.run('create namespace serving');
      expect(await space.rows('services -n serving')).toEqual([]);
      await space.run('delete namespace serving');
    },
    120_000,
  );

  tested(
    'shows its own API server as a service with endpoints, and slices that say the same',
    async () => {
      const service = await json('get service kubernetes -n default -o json');
      expect(service.spec.ports).toMatchObject([{ name: 'https', port: 443, protocol: 'TCP' }]);
      const endpoints = await json('get endpoints kubernetes -n default -o json');
      expect(endpoints.subsets[0]).toMatchObject({ addresses: [{ ip: expect.any(String) as string }], ports: [{ name: 'https' }] });
      const { items } = await json<{ items: Thing[] }>('get endpointslices -n default -l kubernetes.io/service-name=kubernetes -o json');
      expect(items.flatMap((slice) => slice.endpoints.flatMap(({ addresses }: { addresses: string[] }) => addresses))).toEqual(
        endpoints.subsets[0].addresses.map(({ ip }: { ip: string }) => ip),
      );
    },
    60_000,
  );

  tested(
    'keeps Endpoints and an EndpointSlice for a service that selects nothing yet, and takes them with it',
    async () => {
      await make({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'example-empty-selector' },
        spec: { selector: { 'does-not': 'match' }, ports: [{ name: 'example', port: 80, protocol: 'TCP' }] },
      });
      const endpoints = await eventually('Endpoints', () => space.get<Thing>('endpoints example-empty-selector'));
      expect(endpoints.subsets ?? []).toEqual([]);
      const slices = '-l kubernetes.io/service-name=example-empty-selector';
      await eventually('a slice', async () => {
        const { items } = await json<{ items: Thing[] }>(`get endpointslices ${slices} -o json`);
        return items.length === 1 && (items[0]?.endpoints ?? []).length === 0;
      });
      await space.run('delete service example-empty-selector');
      await space.isEmpty('endpoints example-empty-selector --ignore-not-found');
      await space.isEmpty(`endpointslices ${slices}`);
    },
    60_000,
  );

  tested(
    'mirrors Endpoints that are written by hand: as they come, change and go',
    async () => {
      await make({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'by-hand' },
        spec: {
          ports: [
            { name: 'example', port: 80 },
            { name: 'other', port: 81 },
          ],
        },
      });
      const subset = (ip: string, name: string, port: number): object => ({ addresses: [{ ip }], ports: [{ name, port, protocol: 'TCP' }] });
      await make({
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: { name: 'by-hand', labels: { mine: 'yes' } },
        subsets: [subset('10.1.2.3', 'example', 80), subset('10.1.2.3', 'other', 81)],
      });
      const shown = async (): Promise<string[]> => {
        const { items } = await json<{ items: Thing[] }>(
          'get endpointslices -l kubernetes.io/service-name=by-hand,endpointslice.kubernetes.io/managed-by=endpointslicemirroring-controller.k8s.io,mine=yes -o json',
        );
        return items.flatMap(({ endpoints, ports }) => (endpoints as Thing[]).map(({ addresses }) => `${addresses[0]}:${ports[0].port}`)).sort();
      };
      await eventually('two slices', async () => (await shown()).join() === '10.1.2.3:80,10.1.2.3:81');
      await space.run(['patch', 'endpoints', 'by-hand', '--type=merge', '-p', JSON.stringify({ subsets: [subset('10.2.3.4', 'example', 80)] })]);
      await eventually('another one', async () => (await shown()).join() === '10.2.3.4:80');
      await space.run('delete endpoints by-hand');
      await eventually('no slice', async () => (await shown()).length === 0);
      await space.run('delete service by-hand');
    },
    120_000,
  );

  tested(
    'finds a service among those of all namespaces, shows its status when it is set, and deletes some of many',
    async () => {
      expect(await space.run('get services -A -o name')).toContain('service/kubernetes\n');
      for (const name of ['one', 'two']) await space.run(`create service clusterip ${name} --tcp=80:80`);
      await space.run('create service loadbalancer three --tcp=80:80');
      await space.run('label service one two goes=yes');
      await space.run([
        'patch',
        'service',
        'three',
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"metadata":{"annotations":{"patchedstatus":"true"}},"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.1"}]}}}',
      ]);
      expect(await space.value('service three', '{.status.loadBalancer.ingress[0].ip}|{.metadata.annotations.patchedstatus}')).toBe('203.0.113.1|true');
      await space.run('delete services -l goes=yes');
      expect(await space.run('get services -o name')).toBe('service/three\n');
    },
    60_000,
  );

  tested(
    'keeps a budget of pods, and evicts none that it needs',
    async () => {
      await space.run('create deployment guarded --image=nginx --replicas=2');
      await space.run('create poddisruptionbudget guard --selector=app=guarded --min-available=2');
      const budget = (what: string): Promise<string> => space.value('poddisruptionbudget guard', `{.status.${what}}`);
      await eventually('two healthy pods', async () => (await budget('currentHealthy')) === '2');
      const name = (await json<{ items: Thing[] }>('get pods -l app=guarded -o json')).items[0]!.metadata.name;
      const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: space.name } });
      const evict = () => space.try(`create --raw /api/v1/namespaces/${space.name}/pods/${name}/eviction -f -`, body);
      const refused = await evict();
      expect(refused.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
      await space.run(['patch', 'poddisruptionbudget', 'guard', '--type=merge', '-p', '{"spec":{"minAvailable":1}}']);
      await eventually('one that may go', async () => (await budget('disruptionsAllowed')) === '1');
      expect((await evict()).code).toBe(0);
      await space.run('delete deployment/guarded poddisruptionbudget/guard');
    },
    90_000,
  );

  tested(
    'tells kubectl its versions, where it is, and what would be different',
    async () => {
      expect((await space.run('api-versions')).split('\n')).toContain('v1');

      expect((await space.run('cluster-info')).replace(/\x1b\[[\d;]*m/g, '')).toContain('Kubernetes control plane is running at https://');
      const version = await space.run('version');
      for (const part of ['Client Version', 'Server Version']) expect(version).toContain(part);
      const deployment = (image: string): string =>
        JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'httpd' },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'httpd' } },
            template: { metadata: { labels: { app: 'httpd' } }, spec: { containers: [{ name: 'httpd', image }] } },
          },
        });
      await space.run('create -f -', deployment('httpd:2'));
      const { code, stdout } = await space.try('diff -f -', deployment('busybox'));
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^- +(- )?image: httpd:2$[\s\S]*^\+ +(- )?image: busybox$/m) as string });
      await space.run('delete deployment httpd');
    },
    60_000,
  );

  tested(
    'counts in a quota the maps, secrets and services that come and go',
    async () => {
      await make({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'counting' },
        spec: { hard: { 'count/configmaps': '10', configmaps: '10', secrets: '10', services: '10' } },
      });
      const used = async (what: string): Promise<number> => Number(await space.value('resourcequota counting', `{.status.used.${what}}`));
      const settled = (what: string, count: number): Promise<true> =>
        eventually(`${count} ${what}`, async () => (await used(what)) === count && (true as const));
      await eventually('a status', async () => (await space.value('resourcequota counting', '{.status.hard.configmaps}')) === '10');
      const before = { configmaps: await used('configmaps'), secrets: await used('secrets'), services: await used('services') };
      await space.run('create configmap counted');
      await space.run('create secret generic counted');
      await space.run('create service clusterip counted --tcp=80:80');
      for (const what of ['configmaps', 'secrets', 'services'] as const) await settled(what, before[what] + 1);
      await space.run('delete configmap/counted secret/counted service/counted');
      for (const what of ['configmaps', 'secrets', 'services'] as const) await settled(what, before[what]);
      await space.run('delete resourcequota counting');
    },
    120_000,
  );
});
