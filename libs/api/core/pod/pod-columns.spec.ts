import { Pod } from '#lib/api/core/pod/pod';

const NOW = new Date('2026-01-01T01:00:00Z');
type Status = Partial<Pod['status']>;
type ContainerState = { waiting?: object; running?: object; terminated?: object };

const container = (state: ContainerState, more: object = {}) => ({ name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state, ...more }) as never;
const running = container({ running: {} }, { ready: true });

function row(status: Status, spec: Partial<Pod['spec']> = {}, metadata: object = {}): unknown[] {
  const pod = {
    metadata: { name: 'p', creationTimestamp: '2026-01-01T00:50:00Z', ...metadata },
    spec: { containers: [{ name: 'c' }], ...spec },
    status: { phase: 'Pending', ...status },
  } as Pod;
  return (Pod.columns ?? []).map((column) => column.value(pod, NOW));
}
const status = (...args: Parameters<typeof row>) => row(...args)[2];

describe('STATUS says', () => {
  const init = (...states: ContainerState[]) => ({
    initContainerStatuses: states.map((state, i) => ({ ...(container(state) as object), name: `i${i}` }) as never),
  });
  const two = { initContainers: [{ name: 'i0' }, { name: 'i1' }] };
  test.each<[string, string, ...Parameters<typeof row>]>([
    ['the phase', 'Pending', {}],
    ['the reason of the pod', 'Evicted', { phase: 'Failed', reason: 'Evicted' }],
    ['that gates are closed', 'SchedulingGated', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }],
    ['how many init containers are through', 'Init:1/2', init({ terminated: { exitCode: 0 } }, { running: {} }), two],
    ['why an init container waits', 'Init:CrashLoopBackOff', init({ waiting: { reason: 'CrashLoopBackOff' } }), two],
    ['that nothing has begun', 'Init:0/2', init({ waiting: { reason: 'PodInitializing' } }), two],
    ['how an init container failed', 'Init:Error', init({ terminated: { exitCode: 1, reason: 'Error' } }), two],
    ['its exit code', 'Init:ExitCode:3', init({ terminated: { exitCode: 3 } }), two],
    ['its signal', 'Init:Signal:9', init({ terminated: { exitCode: 137, signal: 9 } }), two],
    ['why a container waits', 'ContainerCreating', { containerStatuses: [container({ waiting: { reason: 'ContainerCreating' } })] }],
    ['how a container ended', 'OOMKilled', { phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 137, reason: 'OOMKilled' } })] }],
    ['the exit code of a container', 'ExitCode:2', { phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 2 } })] }],
    ['that all is done', 'Completed', { phase: 'Succeeded', containerStatuses: [container({ terminated: { exitCode: 0, reason: 'Completed' } })] }],
    ['that one still runs', 'NotReady', { phase: 'Running', containerStatuses: [container({ terminated: { exitCode: 0, reason: 'Completed' } }), running] }],
    ['that the pod runs', 'Running', { phase: 'Running', containerStatuses: [running] }],
    ['that the pod goes', 'Terminating', { phase: 'Running' }, {}, { deletionTimestamp: '2026-01-01T01:00:00Z' }],
    ['that the node is lost', 'Unknown', { phase: 'Running', reason: 'NodeLost' }, {}, { deletionTimestamp: '2026-01-01T01:00:00Z' }],
    ['that an ended pod is ended, also while it goes', 'Failed', { phase: 'Failed' }, {}, { deletionTimestamp: '2026-01-01T01:00:00Z' }],
  ])('%s: %s', (_what, expected, ...args) => expect(status(...args)).toBe(expected));
});

test('a running pod fills all columns', () => {
  const ended = { lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:55:00Z' } }, restartCount: 2, ready: true };
  const sidecar = { ...(container({ running: {} }, { ready: true, started: true, restartCount: 1 }) as object), name: 's' } as never;
  const cells = row(
    {
      phase: 'Running',
      podIPs: [{ ip: '10.0.0.1' }],
      initContainerStatuses: [sidecar],
      containerStatuses: [container({ running: {} }, ended)],
      conditions: [{ type: 'lb', status: 'True' }],
    },
    { nodeName: 'n', readinessGates: [{ conditionType: 'lb' }, { conditionType: 'x' }], initContainers: [{ name: 's', restartPolicy: 'Always' }] },
  );
  expect(cells).toEqual(['p', '2/2', 'Running', '3 (5m ago)', '10m', '10.0.0.1', 'n', '<none>', '1/2']);
});

test('a new pod has nothing yet', () => {
  expect(row({})).toEqual(['p', '0/1', 'Pending', '0', '10m', '<none>', '<none>', '<none>', '<none>']);
});

test('restarts while initialising are forgotten once the pod runs', () => {
  const again = { ...(container({ terminated: { exitCode: 0 } }, { restartCount: 4 }) as object), name: 'i' } as never;
  expect(row({ initContainerStatuses: [again] }, { initContainers: [{ name: 'i' }] })[3]).toBe('0');
  const busy = { ...(container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 4 }) as object), name: 'i' } as never;
  expect(row({ initContainerStatuses: [busy] }, { initContainers: [{ name: 'i' }] })[3]).toBe('4');
});
