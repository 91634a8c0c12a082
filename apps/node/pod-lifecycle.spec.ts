import type { Container, PodCondition, PodSpec, PodStatus } from 'kubernetes-types/core/v1';
import { Pod } from '#lib/api/core/pod/pod';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from '#lib/reconcile/command';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod, type PodOptions } from '#lib/reconcile/testing/builders/pod';
import { NOW } from '#lib/reconcile/testing/now';
import { kindOfObject } from '#lib/api/kinds';
import { podAgent } from './agent';
import { SimulatedRuntime } from './runtimes/simulated';

/** One pod on one simulated node, on virtual time. */
class Life {
  readonly world = new IndexedWorld();
  readonly events: string[] = [];
  writes = 0;
  removed = false;
  private at = NOW.getTime();
  private agent = podAgent(['node-1'], new SimulatedRuntime(), { user: 'u', groups: [] });
  private readonly key: [string, string];

  constructor(options: PodOptions, ...others: readonly KubeObject[]) {
    const pod = aPod({ node: 'node-1', image: 'nginx', ...options });
    this.key = [pod.metadata.namespace ?? '', pod.metadata.name];
    const node = aNode({ status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] }, spec: { podCIDR: '10.244.1.0/24' } });
    for (const object of [node, pod, ...others]) this.apply(object);
  }

  get pod(): Pod {
    return this.world.get(Pod, ...this.key) as Pod;
  }

  get status(): PodStatus {
    return this.pod.status;
  }

  get state(): object {
    return this.status.containerStatuses?.[0]?.state ?? {};
  }

  condition(type: string): PodCondition | undefined {
    return this.status.conditions?.find((condition) => condition.type === type);
  }

  apply(object: KubeObject): this {
    const revision = this.world.revision + 1;
    const kind = kindOfObject(object);
    if (kind) this.world.apply(kind, 'MODIFIED', { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }, revision);
    return this;
  }

  change(change: (pod: Pod) => void): this {
    const pod = structuredClone(this.pod);
    change(pod);
    return this.apply(pod);
  }

  /** Lets that much time pass, with every decision that the agent asks for in it. */
  live(ms: number): this {
    const until = this.at + ms;
    for (let decisions = 0; !this.removed; decisions++) {
      if (decisions > 10_000) throw new Error('never comes to rest');
      const wake = this.decide();
      if (wake === undefined || wake > until) break;
      this.at = Math.max(wake, this.at + 1);
    }
    this.at = until;
    return this;
  }

  /** The process ends, and another one takes over. */
  restartAgent(): this {
    this.agent = podAgent(['node-1'], new SimulatedRuntime(), { user: 'u', groups: [] });
    return this;
  }

  private decide(): number | undefined {
    const now = new Date(this.at);
    const facts = this.agent.gather?.(this.pod, this.world, now);
    if (facts instanceof Promise) throw new Error('must answer at once');
    const before = this.writes;
    const commands = this.agent.reconcile(this.pod, this.world, now, facts && (JSON.parse(JSON.stringify(facts)) as typeof facts));
    expect(this.agent.reconcile(this.pod, this.world, now, facts)).toEqual(commands);
    let wake: number | undefined;
    for (const command of commands) wake = this.carryOut(command) ?? wake;
    return this.writes > before ? Math.min(this.at, wake ?? this.at) : wake;
  }

  private carryOut(command: Command): number | undefined {
    if (command.do === 'report') this.events.push(`${command.report.reason}: ${command.report.message}`);
    if (command.do === 'setStatus') {
      this.apply({ ...this.pod, status: JSON.parse(JSON.stringify(command.status)) as object } as KubeObject);
      this.writes++;
    }
    if (command.do === 'remove') this.removed = true;
    return command.do === 'wake' ? command.at.getTime() : undefined;
  }
}

const shell = (script: string): Partial<PodSpec> => ({ containers: [{ name: 'app', image: 'busybox', command: ['sh', '-c', script] }] });
const withHook = (command: string[]): Partial<PodSpec> => ({ containers: [{ name: 'app', image: 'nginx', lifecycle: { postStart: { exec: { command } } } }] });
const scripted = (script: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(script).map(([key, value]) => [`simulated.decklog.io/${key}`, value]));

describe('a pod on its node', () => {
  test('becomes ready with one write, an address of its node, and the Events of kubelet', () => {
    const life = new Life({}).live(1000);
    expect(life.writes).toBe(1);
    expect(life.status).toMatchObject({
      phase: 'Running',
      hostIP: '10.0.0.1',
      podIP: '10.244.1.2',
      podIPs: [{ ip: '10.244.1.2' }],
      containerStatuses: [
        {
          name: 'app',
          ready: true,
          started: true,
          restartCount: 0,
          image: 'docker.io/library/nginx:latest',
          imageID: expect.stringMatching(/^docker\.io\/library\/nginx@sha256:[0-9a-f]{64}$/),
          containerID: expect.stringMatching(/^simulated:\/\/[0-9a-f]{64}$/),
        },
      ],
    });
    expect(life.status.conditions?.map(({ type }) => type)).toEqual(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']);
    expect(new Set(life.status.conditions?.map(({ status }) => status))).toEqual(new Set(['True']));
    expect(life.events).toEqual([
      'Pulling: Pulling image "nginx"',
      'Pulled: Successfully pulled image "nginx" in 10ms (10ms including waiting). Image size: 72319283 bytes.',
      'Created: Created container: app',
      'Started: Started container app',
    ]);
  });

  test('shows ContainerCreating while a slow start lasts', () => {
    const life = new Life({ annotations: scripted({ 'start-delay': '5s' }) }).live(1000);
    expect(life.status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } }, ready: false }] });
    expect(life.condition('Ready')).toMatchObject({ status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [app]' });
    expect(life.live(5000).status.phase).toBe('Running');
    expect(life.writes).toBe(2);
  });

  test('is being created until its postStart hook is through', () => {
    const life = new Life({ spec: withHook(['sleep', '5']) }).live(4000);
    expect(life.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(life.live(2000).condition('Ready')?.status).toBe('True');
  });

  test('is ended and started again when its postStart hook fails', () => {
    const life = new Life({ spec: withHook(['sh', '-c', 'echo no; exit 1']) }).live(500);
    expect(life.state).toEqual({ waiting: { reason: 'PostStartHookError', message: "command 'sh -c echo no; exit 1' exited with 1: no\n" } });
    expect(life.events).toContain('FailedPostStartHook: PostStartHook failed');
    expect(life.events).toContain('Killing: FailedPostStartHook');
    expect(life.live(2500).status.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } });
  });

  test('is restarted when its script removes the file that its liveness probe looks at', () => {
    const [container] = shell('touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600').containers as [Container];
    const livenessProbe = { exec: { command: ['cat', '/tmp/healthy'] }, initialDelaySeconds: 5, periodSeconds: 5 };
    const life = new Life({ spec: { terminationGracePeriodSeconds: 1, containers: [{ ...container, livenessProbe }] } }).live(39_000);
    expect(life.status.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
    expect(life.live(4000).status.containerStatuses?.[0]).toMatchObject({ restartCount: 1, state: { running: {} } });
    expect(life.events).toContain("Unhealthy: Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory");
  });

  test('waits for a host path that is not there', () => {
    // prettier-ignore
    const volumes = [{ name: 'data', hostPath: { path: '/no/such', type: 'Directory' } }, { name: 'log', hostPath: { path: '/var/log', type: 'Directory' } }];
    const life = new Life({ spec: { volumes } }).live(60_000);
    expect(life.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(life.events).toEqual(['FailedMount: MountVolume.SetUp failed for volume "data" : hostPath type check failed: /no/such is not a directory']);
  });

  test('gets past init containers whose images say nothing', () => {
    const initContainers: Container[] = [{ name: 'init', image: 'example.com/prepare:1' }];
    expect(new Life({ spec: { initContainers } }).live(1000).status.phase).toBe('Running');
  });

  test('waits for its ConfigMap and starts when it is there', () => {
    const spec: Partial<PodSpec> = { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] };
    const life = new Life({ spec }).live(60_000);
    expect(life.status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] });
    expect(life.events).toEqual(['FailedMount: MountVolume.SetUp failed for volume "conf" : configmap "conf" not found']);
    expect(life.apply(aConfigMap({ name: 'conf' })).live(1000).status.phase).toBe('Running');
  });

  test('says which key of a ConfigMap its environment lacks', () => {
    const containers: Container[] = [{ name: 'app', image: 'nginx', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'conf', key: 'a' } } }] }];
    const life = new Life({ spec: { containers } }, aConfigMap({ name: 'conf', data: { b: '1' } })).live(1000);
    expect(life.state).toEqual({ waiting: { reason: 'CreateContainerConfigError', message: "couldn't find key a in ConfigMap default/conf" } });
    expect(life.apply(aConfigMap({ name: 'conf', data: { a: '1' } })).live(1000).status.phase).toBe('Running');
  });

  test('keeps trying an image that cannot be pulled', () => {
    const life = new Life({ image: 'does-not-exist' }).live(1000);
    expect(life.state).toMatchObject({
      waiting: { reason: 'ErrImagePull', message: expect.stringContaining('docker.io/library/does-not-exist:latest: not found') },
    });
    life.live(5000);
    expect(life.state).toMatchObject({ waiting: { reason: 'ImagePullBackOff', message: expect.stringContaining('Back-off pulling image "does-not-exist"') } });
    expect(life.status.phase).toBe('Pending');
    life.live(60_000);
    expect(life.events.filter((event) => event.startsWith('Pulling'))).toHaveLength(3);
    expect(life.events).toContain('Failed: Error: ErrImagePull');
    expect(life.events).toContain('Failed: Error: ImagePullBackOff');
  });

  test('that crashes shows its end and is restarted, then after ten seconds, then after twice as long', () => {
    const life = new Life({ spec: shell('exit 3') }).live(500);
    expect(life.status.containerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 3, reason: 'Error' } } });
    life.live(2000);
    // prettier-ignore
    expect(life.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{
        restartCount: 1,
        ready: false,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container=app pod=web_default(uid-pods-default-web)' } },
        lastState: { terminated: { exitCode: 3, reason: 'Error' } },
      }],
    });
    expect(life.events).toContain('BackOff: Back-off restarting failed container app in pod web_default(uid-pods-default-web)');
    expect(life.live(11_000).status.containerStatuses?.[0]).toMatchObject({
      restartCount: 2,
      state: { waiting: { message: expect.stringContaining('back-off 20s') } },
    });
    expect(life.live(3_600_000).state).toMatchObject({ waiting: { message: expect.stringContaining('back-off 5m0s') } });
  });

  test('that ran well for long enough starts its back-off anew', () => {
    const life = new Life({ annotations: scripted({ 'run-time': '11m', 'exit-code': '1' }) }).live(11 * 60_000 * 3 + 10_000);
    expect(life.status.containerStatuses?.[0]).toMatchObject({ restartCount: 3, state: { running: {} } });
  });

  // prettier-ignore
  test.each<[string, 'Always' | 'OnFailure' | 'Never', string, string]>([
    ['done', 'OnFailure', 'true', 'Succeeded'],
    ['done', 'Never', 'true', 'Succeeded'],
    ['broken', 'Never', 'exit 1', 'Failed'],
    ['broken but tried again', 'OnFailure', 'exit 1', 'Running'],
    ['done but wanted for ever', 'Always', 'true', 'Running'],
  ])('%s: restartPolicy %s, "%s" → %s', (_, restartPolicy, script, phase) => {
    const life = new Life({ spec: { ...shell(script), restartPolicy } }).live(2000);
    expect(life.status.phase).toBe(phase);
    const reason = { Succeeded: 'PodCompleted', Failed: 'PodFailed' }[phase] ?? 'ContainersNotReady';
    expect(life.condition('Ready')).toMatchObject({ status: 'False', reason });
  });

  test('of a finished pod nothing is written again', () => {
    const life = new Life({ spec: { ...shell('sleep 1'), restartPolicy: 'Never' } }).live(5000);
    const { writes } = life;
    expect(life.state).toMatchObject({ terminated: { exitCode: 0, reason: 'Completed' } });
    expect(life.live(600_000).writes).toBe(writes);
  });

  test('runs its init containers one after the other before the rest', () => {
    const initContainers = [1, 2].map((i): Container => ({ name: `init-${i}`, image: 'busybox', command: ['sleep', '10'] }));
    const life = new Life({ spec: { initContainers } }).live(5000);
    expect(life.status).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ state: { running: {} } }, { state: { waiting: { reason: 'PodInitializing' } } }],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
    expect(life.condition('Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [init-1 init-2]',
    });
    life.live(10_000);
    expect(life.condition('Initialized')?.message).toBe('containers with incomplete status: [init-2]');
    expect(life.live(10_000).status).toMatchObject({ phase: 'Running', initContainerStatuses: [{ ready: true }, { ready: true }] });
    expect(life.condition('Initialized')?.status).toBe('True');
  });

  test('fails with an init container that fails when nothing may be restarted', () => {
    const initContainers: Container[] = [{ name: 'init', image: 'busybox', command: ['false'] }];
    expect(new Life({ spec: { initContainers, restartPolicy: 'Never' } }).live(1000).status.phase).toBe('Failed');
    expect(new Life({ spec: { initContainers } }).live(2500).status).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    });
  });

  test('keeps a sidecar going beside the rest and ends it last', () => {
    const initContainers = [{ name: 'proxy', image: 'envoy', restartPolicy: 'Always' } as Container];
    const life = new Life({ spec: { ...shell('sleep 5'), initContainers, restartPolicy: 'Never' } }).live(3000);
    expect(life.status).toMatchObject({ phase: 'Running', initContainerStatuses: [{ ready: true, started: true }] });
    life.live(10_000);
    expect(life.status).toMatchObject({ phase: 'Succeeded', initContainerStatuses: [{ state: { terminated: {} } }] });
    expect(life.events).toContain('Killing: Stopping container proxy');
  });

  test('ends its sidecars one after the other, the last first', () => {
    const initContainers = ['log', 'proxy'].map((name) => ({ name, image: 'envoy', restartPolicy: 'Always' }) as Container);
    const life = new Life({ spec: { ...shell('sleep 5'), initContainers, restartPolicy: 'Never' } }).live(10_000);
    expect(life.status.phase).toBe('Succeeded');
    expect(life.events.slice(-2)).toEqual(['Killing: Stopping container proxy', 'Killing: Stopping container log']);
  });

  test('is pending as long as one of its containers has never run', () => {
    const containers: Container[] = [
      { name: 'app', image: 'nginx' },
      { name: 'bad', image: 'does-not-exist' },
    ];
    const life = new Life({ spec: { containers } }).live(1000);
    // prettier-ignore
    expect(life.status).toMatchObject({ phase: 'Pending', containerStatuses: [{ state: { running: {} } }, { state: { waiting: { reason: 'ErrImagePull' } } }] });
  });

  test('is not ready before its readiness probe is, and alive meanwhile', () => {
    const probe = { httpGet: { path: '/', port: 80 }, initialDelaySeconds: 5 };
    const life = new Life({ spec: { containers: [{ name: 'app', image: 'nginx', readinessProbe: probe }] } }).live(2000);
    expect(life.status).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: false, started: true }] });
    expect(life.live(5000).condition('Ready')?.status).toBe('True');
  });

  test('stays unready when its script says so, until the script is changed', () => {
    const life = new Life({ annotations: scripted({ 'never-ready': 'true' }) }).live(60_000);
    expect(life.condition('Ready')?.status).toBe('False');
    life.change((pod) => delete pod.metadata.annotations).live(1000);
    expect(life.condition('Ready')?.status).toBe('False');
    life.change((pod) => (pod.metadata.annotations = scripted({ 'ready-after': '0' }))).live(1000);
    expect(life.condition('Ready')?.status).toBe('True');
  });

  test('is restarted when its liveness probe fails', () => {
    const life = new Life({ annotations: scripted({ 'liveness-fails-after': '30s' }) }).live(31_000);
    expect(life.status.containerStatuses?.[0]).toMatchObject({ restartCount: 1, state: { running: {} } });
    expect(life.events).toContain('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500');
    expect(life.events).toContain('Killing: Container app failed liveness probe, will be restarted');
  });

  test('reports what a killed container died of', () => {
    const life = new Life({ spec: { restartPolicy: 'Never' }, annotations: scripted({ 'run-time': '1s', 'exit-code': '137', reason: 'OOMKilled' }) }).live(
      5000,
    );
    expect(life.state).toMatchObject({ terminated: { exitCode: 137, reason: 'OOMKilled' } });
  });

  test('that has run for its active deadline is ended', () => {
    const life = new Life({ spec: { activeDeadlineSeconds: 30 } }).live(31_000);
    expect(life.status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  describe('when it is deleted', () => {
    const remove = (life: Life, seconds: number): Life =>
      life.change((pod) => {
        pod.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
        pod.metadata.deletionGracePeriodSeconds = seconds;
      });

    test('stops its containers, says how they ended, and goes', () => {
      const life = remove(new Life({}).live(1000), 30).live(1000);
      // prettier-ignore
      expect(life.status).toMatchObject({ phase: 'Succeeded', containerStatuses: [{ ready: false, state: { terminated: { exitCode: 0, reason: 'Completed' } } }] });
      expect(life.events.at(-1)).toBe('Killing: Stopping container app');
      expect(life.removed).toBe(true);
    });

    test('kills what does not listen when its grace is over', () => {
      const life = remove(new Life({ annotations: scripted({ 'stop-time': 'never' }) }).live(1000), 30).live(29_000);
      expect(life.removed).toBe(false);
      life.live(2000);
      expect(life.status).toMatchObject({ phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 137 } } }] });
      expect(life.removed).toBe(true);
    });

    test('a second request with less grace shortens the first', () => {
      const life = remove(new Life({ annotations: scripted({ 'stop-time': 'never' }) }).live(1000), 300).live(1000);
      expect(remove(life, 1).live(2000).removed).toBe(true);
    });

    test('goes at once when it never started', () => {
      expect(remove(new Life({ image: 'does-not-exist' }).live(1000), 30).live(10).removed).toBe(true);
    });
  });

  test('is taken over as it is by the next agent', () => {
    const life = new Life({ spec: shell('sleep 3600') }).live(5000);
    const { status } = life;
    expect(life.restartAgent().live(60_000).status).toEqual(status);
    const crashed = new Life({ spec: shell('exit 1') }).live(12_000);
    expect(crashed.status.containerStatuses?.[0]?.restartCount).toBe(2);
    // prettier-ignore
    expect(crashed.restartAgent().live(5000).status.containerStatuses?.[0]).toMatchObject({ restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } });
  });

  test('of another node is none of its business', () => {
    const life = new Life({ node: 'node-2' }).live(1000);
    expect([life.writes, life.events]).toEqual([0, []]);
  });
});
