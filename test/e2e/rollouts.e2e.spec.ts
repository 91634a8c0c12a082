import { eventually } from '../support/program';
import { type Cluster, eachKubectl, startCluster, tested } from './cluster';

/** Deployments and Services, as a platform engineer works with them. */
describe.each(eachKubectl)('rollouts, with %s', (_, kubectl) => {
  let cluster: Cluster;
  beforeAll(async () => (cluster = await startCluster()), 180_000);
  afterAll(() => cluster.stop(), 30_000);

  const images = '{range .items[*]}{.spec.containers[0].image}{" "}{end}';

  tested(
    'a Deployment becomes pods, can be scaled, and refuses to be scaled on a wrong belief',
    async () => {
      const space = await cluster.space('scaling', kubectl);
      await space.apply('deployment');
      expect(await space.run('rollout status deployment/web --timeout=60s')).toContain('deployment "web" successfully rolled out');
      await space.shows('deployment', 'web  3/3  3  3');
      expect(await space.run('scale deployment web --replicas=5')).toBe('deployment.apps/web scaled\n');
      await space.shows('deployment', 'web  5/5  5  5');
      expect(await space.refused('scale deployment web --current-replicas=3 --replicas=1')).toBe('error: Expected replicas to be 3, was 5');
      expect(await space.rows('deployment web --subresource=scale')).toEqual(['web  5  5']);
      expect(await space.run(['patch', 'deployment', 'web', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":1}}'])).toBe(
        'scale.autoscaling/web patched\n',
      );
      await space.shows('deployment', 'web  1/1  1  1');
      expect(await space.run('describe deployment web')).toMatch(/NewReplicaSet: {3}web-\w+ \(1\/1 replicas created\)/);
    },
    60_000,
  );

  tested(
    'a new image rolls out, its history is kept, and it can be undone',
    async () => {
      const space = await cluster.space('history', kubectl);
      await space.apply('deployment');
      await space.run('rollout status deployment/web --timeout=60s');
      await space.run('set image deployment/web nginx=nginx:1.27');
      await space.run('annotate deployment/web kubernetes.io/change-cause=newer');
      await space.run('rollout status deployment/web --timeout=60s');
      expect(await space.value('pods', images)).toBe('nginx:1.27 nginx:1.27 nginx:1.27 ');
      expect(await space.run('rollout history deployment/web')).toBe('deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         newer\n\n');
      expect(await space.run('rollout history deployment/web --revision=1')).toContain('Image:\tnginx:1.26');
      expect(await space.run('rollout undo deployment/web')).toBe('deployment.apps/web rolled back\n');
      await space.run('rollout status deployment/web --timeout=60s');
      expect(await space.value('pods', images)).toBe('nginx:1.26 nginx:1.26 nginx:1.26 ');
      expect(await space.run('rollout history deployment/web')).toBe('deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         newer\n3         <none>\n\n');
      expect(await space.run('rollout undo deployment/web --to-revision=2')).toBe('deployment.apps/web rolled back\n');
      expect(await space.refused('rollout undo deployment/web --to-revision=99')).toBe('error: unable to find specified revision 99 in history');
    },
    90_000,
  );

  tested(
    'a bad image stops a rollout with the old pods in place',
    async () => {
      const space = await cluster.space('bad-image', kubectl);
      await space.apply('deployment');
      await space.run('rollout status deployment/web --timeout=60s');
      await space.run('set image deployment/web nginx=example.com/does-not-exist:2');
      expect(await space.refused('rollout status deployment/web --timeout=4s')).toBe('error: timed out waiting for the condition');
      await space.shows('deployment', 'web  3/3  1  3');
      await space.run('rollout undo deployment/web');
      await space.run('rollout status deployment/web --timeout=60s');
      await space.shows('deployment', 'web  3/3  3  3');
    },
    90_000,
  );

  tested(
    'a paused Deployment collects changes, a resumed one rolls them out, restart makes all pods anew',
    async () => {
      const space = await cluster.space('pausing', kubectl);
      await space.apply('deployment');
      await space.run('rollout status deployment/web --timeout=60s');
      await space.run('rollout pause deployment/web');
      await space.run('set env deployment/web A=b');
      await space.run('set resources deployment/web --requests=cpu=10m --limits=memory=64Mi');
      expect(await space.refused('rollout restart deployment/web')).toContain("can't restart paused deployment (run rollout resume first)");
      await space.shows('deployment', 'web  3/3  0  3');
      await space.run('rollout resume deployment/web');
      await space.run('rollout status deployment/web --timeout=60s');
      expect(await space.rows('rs')).toHaveLength(2);
      expect(await space.value('pods', '{.items[0].spec.containers[0].env[0].value} {.items[0].status.qosClass}')).toBe('b Burstable');
      const before = await space.value('pods', '{.items[*].metadata.uid}');
      await space.run('rollout restart deployment/web');
      await space.run('rollout status deployment/web --timeout=60s');
      const after = await space.value('pods', '{.items[*].metadata.uid}');
      expect(after.split(' ').filter((uid) => before.includes(uid))).toEqual([]);
    },
    90_000,
  );

  tested(
    'Services have addresses and ports of their type, and the pods behind them',
    async () => {
      const space = await cluster.space('services', kubectl);
      await space.apply('services', 'service-node-port', 'deployment');
      await space.run('rollout status deployment/web --timeout=60s');
      const rows = (await space.rows('services')).map((row) =>
        row.replace(/10\.96\.\d+\.\d+/, 'ADDRESS').replace(/:3\d{4}\/(?=TCP$)/, (port) => (port === ':30123/' ? port : ':PORT/')),
      );
      expect(rows).toEqual([
        'balanced  LoadBalancer  ADDRESS  <pending>  80:PORT/TCP',
        'elsewhere  ExternalName  <none>  db.example.com  <none>',
        'headless  ClusterIP  None  <none>  80/TCP',
        'outside  NodePort  ADDRESS  <none>  80:30123/TCP',
        'web  ClusterIP  ADDRESS  <none>  80/TCP',
      ]);
      const ips = async (): Promise<string[]> => (await space.value('pods', '{.items[*].status.podIP}')).split(' ').sort();
      const behind = async (): Promise<string[]> =>
        (await space.run(['get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '-o', 'jsonpath={.items[*].endpoints[*].addresses[0]}']))
          .split(' ')
          .sort();
      expect(await behind()).toEqual(await ips());
      const { stdout, stderr } = await space.try('get endpoints web -o jsonpath={.subsets[0].addresses[*].ip}');
      expect(stdout.split(' ').sort()).toEqual(await ips());
      expect(stderr).toContain('Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
      await space.run('scale deployment web --replicas=1');
      await eventually('one pod behind the Service', async () => (await behind()).join() === (await ips()).join() && (await ips()).length === 1);
      expect(await space.refused('create service nodeport second --tcp=80 --node-port=30123')).toContain('provided port is already allocated');
    },
    90_000,
  );
});
