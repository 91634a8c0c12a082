import { eventually } from '../support/program';
import { type Cluster, eachKubectl, type Space, startCluster, tested } from './cluster';

const HELD = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', finalizers: ['example.com/hold'] } });

/** What should come back comes back, what should go goes, and nothing is left over. */
describe.each(eachKubectl)('deleting, with %s', (_, kubectl) => {
  let cluster: Cluster;
  let all: Space;
  beforeAll(async () => {
    cluster = await startCluster();
    all = await cluster.space('default', kubectl);
  }, 180_000);
  afterAll(() => cluster.stop(), 30_000);

  /** Every object of the cluster but those that clusters always have; Leases come and go with their nodes. */
  const everything = async (): Promise<string[]> => {
    const kinds = 'pods,services,deployments,replicasets,configmaps,secrets,serviceaccounts,endpoints,endpointslices,events,roles,rolebindings,leases';
    const columns = 'custom-columns=K:.kind,NS:.metadata.namespace,N:.metadata.name';
    const namespaced = await all.run(['get', kinds, '-A', '--no-headers', '-o', columns]);
    const wide = await all.run(['get', 'namespaces,nodes,clusterroles,clusterrolebindings', '--no-headers', '-o', columns]);
    return `${namespaced}${wide}`
      .split('\n')
      .filter((row) => row !== '' && !/^Event +default /.test(row))
      .sort();
  };

  const deployed = async (name: string): Promise<Space> => {
    const space = await cluster.space(name, kubectl);
    await space.apply('deployment', 'services');
    await space.run('rollout status deployment/web --timeout=60s');
    return space;
  };

  tested(
    'a pod of a ReplicaSet comes back as another',
    async () => {
      const space = await deployed('pod');
      const [victim = ''] = await space.run('get pods -o name').then((text) => text.split('\n'));
      // kubectl 1.34 and later name the namespace
      expect(await space.run(['delete', victim])).toMatch(new RegExp(`^pod "${victim.replace('pod/', '')}" deleted( from pod namespace)?\n$`));
      await space.shows('deployment', 'web  3/3  3  3');
      expect(await space.run('get pods -o name')).not.toContain(victim);
      await space.run('delete pods --all --grace-period=0 --force');
      await space.shows('deployment', 'web  3/3  3  3');
    },
    60_000,
  );

  tested.each(['background', 'foreground'])(
    'an owner takes what it owns along: --cascade=%s',
    async (cascade) => {
      const space = await deployed(cascade);
      await space.run(`delete deployment web --cascade=${cascade}`);
      await space.isEmpty('replicasets,pods');
      await space.run('delete services --all');
      await space.isEmpty('services,endpointslices');
    },
    60_000,
  );

  tested(
    'an orphan stays, and is adopted by the next owner that fits',
    async () => {
      const space = await deployed('orphan');
      await space.run('delete deployment web --cascade=orphan');
      const [set] = await space.rows('replicasets');
      expect(set).toMatch(/^web-\w+ {2}3 {2}3 {2}3$/);
      expect(await space.value('replicasets', '{.items[0].metadata.ownerReferences}{.items[0].metadata.finalizers}')).toBe('');
      const uids = await space.value('pods', '{.items[*].metadata.uid}');
      await space.apply('deployment');
      await space.run('rollout status deployment/web --timeout=60s');
      expect(await space.rows('replicasets')).toEqual([set]);
      expect(await space.value('pods', '{.items[*].metadata.uid}')).toBe(uids);
      expect(await space.value('replicasets', '{.items[0].metadata.ownerReferences[0].name}')).toBe('web');
    },
    60_000,
  );

  tested(
    'a finalizer holds an object until somebody takes it away',
    async () => {
      const space = await cluster.space('held', kubectl);
      await space.run('create -f -', HELD);
      expect((await space.try('delete configmap held --timeout=1s')).code).toBe(1);
      expect(await space.value('configmap held', '{.metadata.deletionTimestamp}')).toMatch(/^\d{4}-/);
      await space.run(['patch', 'configmap', 'held', '--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]']);
      expect(await space.get('configmap held')).toBeUndefined();
    },
    60_000,
  );

  tested(
    'a namespace takes everything in it along, and nothing is left over',
    async () => {
      const before = await everything();
      const space = await deployed('content');
      await space.apply('pods-waiting', 'pods-restarting');
      await space.run('create configmap settings --from-literal=a=b');
      await space.run('create secret generic password --from-literal=a=b');
      await space.run('create role reader --verb=get --resource=pods');
      await space.run('create rolebinding reader --role=reader --serviceaccount=content:default');
      expect((await everything()).length).toBeGreaterThan(before.length + 15);
      await all.run('delete namespace content --timeout=60s');
      expect(await all.refused('get namespace content')).toBe('Error from server (NotFound): namespaces "content" not found');
      expect(await everything()).toEqual(before);
    },
    90_000,
  );

  tested(
    'a namespace that is going takes nothing new, and says what it waits for',
    async () => {
      const space = await cluster.space('going', kubectl);
      await space.run('create -f -', HELD);
      await all.run('delete namespace going --wait=false');
      await all.shows('namespaces', 'going  Terminating');
      expect(await space.refused('create configmap late')).toContain(
        'configmaps "late" is forbidden: unable to create new content in namespace going because it is being terminated',
      );
      const message = '{.status.conditions[?(@.type=="NamespaceContentRemaining")].message}';
      await eventually(
        'the condition',
        async () => (await all.value('namespace going', message)) === 'Some resources are remaining: configmaps. has 1 resource instances',
      );
      await space.run(['patch', 'configmap', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
      await all.run('wait --for=delete namespace/going --timeout=30s');
    },
    60_000,
  );

  tested(
    'a drained node gives its pods to others, and none come back to it until it is uncordoned',
    async () => {
      const space = await deployed('drained');
      await all.run('cordon node-1');
      expect(await all.rows('nodes')).toEqual([
        expect.stringMatching(/^node-1 {2}Ready,SchedulingDisabled {2}<none> {2}v1/),
        expect.stringMatching(/^node-2 {2}Ready {2}/),
      ]);
      expect(await all.run('drain node-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s')).toContain('node/node-1 drained');
      await space.shows('deployment', 'web  3/3  3  3');
      expect(await space.value('pods', '{.items[*].spec.nodeName}')).toBe('node-2 node-2 node-2');
      expect(await all.run('describe node node-1')).toContain('Node node-1 status is now: NodeNotSchedulable');
      await all.run('uncordon node-1');
      await space.run('scale deployment web --replicas=6');
      await space.run('rollout status deployment/web --timeout=60s');
      expect(await space.value('pods', '{.items[*].spec.nodeName}')).toContain('node-1');
    },
    90_000,
  );

  tested(
    'a taint that does not execute lets pods stay, one that does evicts them',
    async () => {
      const space = await deployed('tainted');
      await all.run('taint nodes node-1 maintenance=now:NoExecute');
      expect(await all.refused('taint nodes node-1 maintenance=now:NoExecute')).toContain('already has');
      await eventually('node-1 is empty', async () => !(await space.value('pods', '{.items[*].spec.nodeName}')).includes('node-1'));
      await space.shows('deployment', 'web  3/3  3  3');
      await all.run('taint nodes node-1 maintenance-');
    },
    60_000,
  );

  /** Last: the node stays away. Its pods go when it has been gone for 40 seconds, as upstream's pod garbage collector has it. */
  tested(
    'a deleted node takes its lease and, after a while, its pods along, and they come back elsewhere',
    async () => {
      const space = await deployed('node');
      await all.run('delete node node-2');
      expect(await all.rows('nodes')).toEqual([expect.stringMatching(/^node-1 {2}Ready {2}/)]);
      await eventually('the lease is gone', async () => (await all.run('get leases -n kube-node-lease -o name')) === 'lease.coordination.k8s.io/node-1\n');
      await eventually('all pods on node-1', async () => (await space.value('pods', '{.items[*].spec.nodeName}')) === 'node-1 node-1 node-1', 90_000);
      await space.shows('deployment', 'web  3/3  3  3');
    },
    120_000,
  );
});
