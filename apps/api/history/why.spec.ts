import { aLog, type Told } from '../testing/a-log';
import { summaryOf } from './summary';
import { whyOf } from './why';

const ROLLOUT: Told[] = [
  { object: 'deployments.apps/web', by: 'kubectl create', type: 'ADDED' },
  { object: 'configmaps/other', by: 'kubectl create', type: 'ADDED' },
  { object: 'replicasets.apps/web-1', by: 'deployment', type: 'ADDED', cause: [1], owner: 'deployments.apps/web' },
  { object: 'deployments.apps/web', by: 'deployment', sub: 'status', cause: [3] },
  { object: 'pods/web-1-a', by: 'replicaset', type: 'ADDED', cause: [3, 4], owner: 'replicasets.apps/web-1' },
  { object: 'pods/web-1-a', by: 'scheduler', sub: 'binding', cause: [5], owner: 'replicasets.apps/web-1', more: { spec: { nodeName: 'n1' } } },
  {
    object: 'pods/web-1-a',
    by: 'node',
    sub: 'status',
    cause: [6],
    owner: 'replicasets.apps/web-1',
    more: { spec: { nodeName: 'n1' }, status: { phase: 'Running' } },
  },
];

describe('why', () => {
  test('leads from the pod back to the command, over every controller between them, and leaves the rest out', async () => {
    const story = await whyOf(await aLog(...ROLLOUT), { resource: 'pods', namespace: 'default', name: 'web-1-a' }, 7);
    expect(story?.steps.map((step) => [step.revision, step.command ?? step.user, step.summary])).toEqual([
      [1, 'kubectl create', 'created'],
      [3, 'deployment', 'created'],
      [5, 'replicaset', 'created'],
      [6, 'scheduler', 'assigned to n1'],
      [7, 'node', 'none → Running'],
    ]);
  });

  test('still answers when the object is gone, and says who took it', async () => {
    const log = await aLog(
      ...ROLLOUT,
      { object: 'deployments.apps/web', by: 'kubectl scale', more: { spec: { replicas: 0 } } },
      {
        object: 'replicasets.apps/web-1',
        by: 'deployment',
        cause: [8],
        owner: 'deployments.apps/web',
      },
      {
        object: 'pods/web-1-a',
        by: 'replicaset',
        type: 'DELETED',
        cause: [9],
        owner: 'replicasets.apps/web-1',
      },
    );
    const story = await whyOf(log, { resource: 'pods', namespace: 'default', name: 'web-1-a' }, 10);
    expect(story?.gone).toBe(true);
    expect(story?.steps.slice(-3).map((step) => [step.revision, step.command ?? step.user])).toEqual([
      [8, 'kubectl scale'],
      [9, 'deployment'],
      [10, 'replicaset'],
    ]);
  });

  test('tells of a deletion only what led to it', async () => {
    const log = await aLog(
      ...ROLLOUT,
      { object: 'nodes/n1', by: 'kubectl delete', type: 'DELETED' },
      {
        object: 'pods/web-1-a',
        by: 'pod-gc',
        cause: [8],
        more: { metadata: { uid: 'uid-pods/web-1-a', deletionTimestamp: 'now' } },
      },
      {
        object: 'pods/web-1-a',
        by: 'node',
        type: 'DELETED',
        cause: [9],
      },
    );
    const at = { resource: 'pods', namespace: 'default', name: 'web-1-a' };
    expect((await whyOf(log, at, 10, 'deletion'))?.steps.map((step) => [step.revision, step.command ?? step.user])).toEqual([
      [8, 'kubectl delete'],
      [9, 'pod-gc'],
      [10, 'node'],
    ]);
    expect((await whyOf(log, at, 7, 'deletion'))?.steps).toEqual([]);
  });

  test.each([50, 90])('of an object that changed %i times tells the first and the newest, and reads its entries at once', async (changes) => {
    const log = await aLog(
      { object: 'pods/a', by: 'kubectl create', type: 'ADDED' },
      ...Array.from({ length: changes }, (_, i) => ({ object: 'pods/a', by: 'node', sub: 'status', cause: [i + 1], more: { status: { phase: `${i}` } } })),
    );
    const [alone, together] = [jest.spyOn(log, 'readRevisions'), jest.spyOn(log, 'previousOf')];
    const story = await whyOf(log, { resource: 'pods', namespace: 'default', name: 'a' }, changes + 1);
    expect(story?.steps.map(({ revision }) => revision)).toEqual([1, ...Array.from({ length: 39 }, (_, i) => changes - 37 + i)]);
    expect(story?.steps[1]?.summary).toBe(`${changes - 40} → ${changes - 39}`);
    expect(alone).not.toHaveBeenCalled();
    expect(together.mock.calls.flat(2)).toEqual([]);
  });

  test('answers as of a revision, and not at all for what never was', async () => {
    const log = await aLog(...ROLLOUT);
    expect((await whyOf(log, { resource: 'pods', namespace: 'default', name: 'web-1-a' }, 5))?.steps).toHaveLength(3);
    expect(await whyOf(log, { resource: 'pods', namespace: 'default', name: 'nobody' }, 7)).toBeUndefined();
  });
});

describe('a summary', () => {
  const object = (more: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, ...more });

  test('names the turns of a life', () => {
    const ready = object({ status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } });
    expect(summaryOf('MODIFIED', ready, object({ status: { phase: 'Pending' } }))).toBe('Pending → Running, ready');
    expect(summaryOf('MODIFIED', object({ spec: { replicas: 3 } }), object({ spec: { replicas: 2 } }))).toBe('replicas 2 → 3');
  });

  test('else names the paths that changed', () => {
    expect(summaryOf('MODIFIED', object({ data: { a: '1', b: '2' } }), object({ data: { a: '0' } }))).toBe('changed data.a, data.b');
  });
});
