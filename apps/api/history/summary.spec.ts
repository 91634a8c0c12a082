import type { KubeObject } from '#lib/api/meta';
import { summaryOf } from './summary';

const object = (kind: string, body: object): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name: 'web' }, ...body }) as unknown as KubeObject;
const changed = (before: object, after: object): string => summaryOf('MODIFIED', object('Pod', after), object('Pod', before));
const container = (state: object, restartCount = 0) => ({ status: { containerStatuses: [{ name: 'app', state, restartCount }] } });

test('the turns in a life have names', () => {
  expect(summaryOf('ADDED', object('Pod', {}), undefined)).toBe('created');
  expect(summaryOf('DELETED', object('Pod', {}), undefined)).toBe('deleted');
  expect(changed({ spec: {} }, { spec: { nodeName: 'node-1' } })).toBe('assigned to node-1');
  expect(changed({ spec: { replicas: 1 } }, { spec: { replicas: 3 } })).toBe('replicas 1 → 3');
  expect(changed({ status: { phase: 'Pending' } }, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } })).toBe(
    'Pending → Running, ready',
  );
});

test('a container that is in trouble says why, once', () => {
  const waiting = container({ waiting: { reason: 'ImagePullBackOff' } });
  expect(changed({}, waiting)).toBe('app: ImagePullBackOff');
  expect(changed(waiting, { ...waiting, spec: { paused: true } })).toBe('changed spec');
  expect(changed(container({ running: {} }), container({ running: {} }, 2))).toBe('app: restart 2');
});

test('a Kubernetes Event is told in its own words, with how often', () => {
  const pulled = { reason: 'Pulled', message: 'Container image "nginx" already present on machine' };
  expect(summaryOf('ADDED', object('Event', pulled), undefined)).toBe('Pulled: Container image "nginx" already present on machine');
  expect(summaryOf('MODIFIED', object('Event', { ...pulled, count: 3 }), object('Event', { ...pulled, count: 2 }))).toMatch(/ \(3 times\)$/);
  expect(summaryOf('DELETED', object('Event', pulled), undefined)).toBe('deleted');
});

test('anything else is told by what differs, three paths at most', () => {
  expect(changed({ metadata: { resourceVersion: '1' }, data: { a: 1 } }, { metadata: { resourceVersion: '2' }, data: { a: 2 } })).toBe('changed data.a');
  expect(changed({}, { data: { a: 1 }, b: 1, c: 1, d: 1 })).toBe('changed data, b, c and 1 more');
  expect(changed({ metadata: { resourceVersion: '1' } }, { metadata: { resourceVersion: '2' } })).toBe('changed');
});
