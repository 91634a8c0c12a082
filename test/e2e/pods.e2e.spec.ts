import { type Cluster, eachKubectl, startCluster, tested } from './cluster';

/** Pods on simulated nodes become what the same manifests become on real ones: judged by what kubectl shows of them. */
describe.each(eachKubectl)('pods, seen with %s', (_, kubectl) => {
  let cluster: Cluster;
  beforeAll(async () => (cluster = await startCluster()), 180_000);
  afterAll(() => cluster.stop(), 30_000);

  tested(
    'a server runs, with an address of its node',
    async () => {
      const space = await cluster.space('server', kubectl);
      await space.apply('pod-server');
      await space.shows('pod', 'server  1/1  Running  0');
      expect(await space.value('pod server', '{.status.podIP} {.status.qosClass} {.spec.nodeName}')).toMatch(/^10\.244\.[12]\.\d+ BestEffort node-[12]$/);
      expect(await space.value('pod server', '{.status.conditions[*].type}')).toBe('PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled');
      expect(
        await space.rows('events --sort-by=.metadata.creationTimestamp -o custom-columns=R:.reason,F:.involvedObject.fieldPath,C:.source.component'),
      ).toEqual([
        'Scheduled  <none>  default-scheduler',
        ...['Pulling', 'Pulled', 'Created', 'Started'].map((reason) => `${reason}  spec.containers{web}  kubelet`),
      ]);
    },
    60_000,
  );

  tested(
    'the restart policy decides what follows an end',
    async () => {
      const space = await cluster.space('restarts', kubectl);
      await space.apply('pods-restarting');
      await space.shows('pod', 'never-bad  0/1  Error  0');
      await space.shows('pod', 'never-good  0/1  Completed  0');
      await space.shows('pod', 'always  0/1  CrashLoopBackOff  1');
      await space.shows('pod', 'on-failure  0/1  CrashLoopBackOff  1');
      expect(await space.value('pod never-bad', '{.status.phase} {.status.containerStatuses[0].state.terminated.exitCode}')).toBe('Failed 3');
      expect(await space.value('pod never-good', '{.status.phase}')).toBe('Succeeded');
      expect(await space.rows('pods --field-selector status.phase=Failed')).toEqual(['never-bad  0/1  Error  0']);
      expect(await space.run('events --for pod/always --types=Warning')).toContain('Back-off restarting failed container main in pod always_restarts(');
    },
    60_000,
  );

  tested(
    'init containers come first, one after the other',
    async () => {
      const space = await cluster.space('init', kubectl);
      await space.apply('pods-with-init');
      await space.shows('pod', 'init-good  1/1  Running  0');
      await space.shows('pod', 'init-bad-for-ever  0/1  Init:Error  0');
      await space.shows('pod', 'init-bad  0/1  Init:CrashLoopBackOff  1');
      await space.shows('pod', 'init-waiting  0/1  Init:0/1  0');
      expect(await space.value('pod init-bad-for-ever', '{.status.phase} {.status.containerStatuses[0].state.waiting.reason}')).toBe('Failed PodInitializing');
    },
    60_000,
  );

  tested(
    'a postStart hook holds a container back, and ends it when it fails',
    async () => {
      const space = await cluster.space('hooks', kubectl);
      await space.apply('pods-with-hooks');
      await space.shows('pod', 'hook-good  1/1  Running  0');
      await space.shows('pod', 'hook-bad-once  0/1  Completed  0');
      await space.shows('pod', 'hook-bad  0/1  CrashLoopBackOff  1');
      await space.shows('pod', 'hook-slow  0/1  ContainerCreating  0');
      expect(await space.run('describe pod hook-bad')).toMatch(/Warning {2}FailedPostStartHook .* PostStartHook failed/);
    },
    60_000,
  );

  tested(
    'what a pod needs and does not find keeps it waiting, and the reason is told',
    async () => {
      const space = await cluster.space('waiting', kubectl);
      await space.apply('pods-waiting');
      await space.shows('pod', 'no-image  0/1  ImagePullBackOff  0');
      await space.shows('pod', 'no-secret  0/1  CreateContainerConfigError  0');
      await space.shows('pod', 'no-volume  0/1  ContainerCreating  0');
      await space.shows('pod', 'no-path  0/1  ContainerCreating  0');
      await space.shows('pod', 'no-room  0/1  Pending  0');
      await space.shows('pod', 'no-node  0/1  Pending  0');
      const told = await space.run('get events --field-selector type=Warning -o custom-columns=P:.involvedObject.name,M:.message');
      expect(told).toContain('Error: secret "absent" not found');
      expect(told).toContain('MountVolume.SetUp failed for volume "conf" : configmap "absent" not found');
      expect(told).toContain('MountVolume.SetUp failed for volume "data" : hostPath type check failed: /no/such/directory is not a directory');
      expect(told).toContain('0/2 nodes are available: 2 Insufficient cpu.');
      expect(told).toContain("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.");
      await space.run('create secret generic absent --from-literal=password=x');
      await space.run('create configmap absent');
      await space.run('label node node-1 disk=ssd');
      for (const name of ['no-secret', 'no-volume', 'no-node']) await space.shows('pod', `${name}  1/1  Running  0`);
      expect(await space.value('pod no-node', '{.spec.nodeName}')).toBe('node-1');
      await space.run('label node node-1 disk-');
    },
    90_000,
  );

  tested(
    'a liveness probe that fails restarts the container',
    async () => {
      const space = await cluster.space('liveness', kubectl);
      await space.apply('pod-liveness');
      await space.shows('pod', 'liveness  1/1  Running  1');
      const described = await space.run('describe pod liveness');
      expect(described).toContain("Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory");
      expect(described).toContain('Container main failed liveness probe, will be restarted');
    },
    60_000,
  );

  tested(
    'logs come from the node, for the run that is asked for',
    async () => {
      const space = await cluster.space('logs', kubectl);
      await space.apply('pod-talking', 'pods-waiting');
      await space.shows('pod', 'talking  1/2  CrashLoopBackOff  1');
      expect(await space.run('logs talking')).toBe('one\ntwo\n');
      expect(await space.run('logs talking -c steady')).toBe('three\n');
      expect(await space.run('logs talking -c prepare')).toBe('prepared\n');
      expect(await space.run('logs talking -c crashing --previous --tail=1')).toBe('two\n');
      expect(await space.run('logs talking -c steady --timestamps')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/);
      expect(await space.run('logs talking --all-containers --prefix')).toContain('[pod/talking/prepare] prepared\n');
      expect(await space.refused('logs talking -c steady -p')).toBe(
        'Error from server (BadRequest): previous terminated container "steady" in pod "talking" not found',
      );
      expect(await space.refused('get --raw /api/v1/namespaces/logs/pods/talking/log')).toBe(
        'Error from server (BadRequest): a container name must be specified for pod talking, choose one of: [crashing steady] or one of the init containers: [prepare]',
      );
      await space.shows('pod', 'no-image  0/1  ImagePullBackOff  0');
      expect(await space.refused('logs no-image')).toBe(
        'Error from server (BadRequest): container "main" in pod "no-image" is waiting to start: trying and failing to pull image',
      );
      expect(await space.refused('logs no-volume')).toBe(
        'Error from server (BadRequest): container "main" in pod "no-volume" is waiting to start: ContainerCreating',
      );
      expect(await space.run('logs no-room')).toBe('');
      expect(await space.refused('exec talking -c steady -- ls')).toContain('pods/exec needs containers that really run');
    },
    90_000,
  );

  tested(
    'logs that are followed end with the container',
    async () => {
      const space = await cluster.space('follow', kubectl);
      await space.run(['run', 'short', '--image=busybox', '--restart=Never', '--', 'sh', '-c', 'echo begun; sleep 3; echo over']);
      await space.run('wait --for=condition=Ready pod/short --timeout=30s');
      expect(await space.run('logs short --follow')).toMatch(/^begun\n/);
      expect(await space.value('pod short', '{.status.phase}')).toBe('Succeeded');
      const { stdout } = await space.try('run once --rm -i --image=busybox --restart=Never -- echo hello');
      expect(stdout).toContain('hello\n');
      expect(await space.get('pod once')).toBeUndefined();
    },
    90_000,
  );
});
