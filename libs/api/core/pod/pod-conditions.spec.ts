import type { Pod } from '#lib/api/core/pod/pod';
import { getCondition, isPodActive, isPodAvailable, isPodReady, podRequests, setCondition } from '#lib/api/core/pod/pod-conditions';

const pod = (status: object, metadata: object = {}): Pod => ({ metadata, spec: { containers: [] }, status }) as unknown as Pod;
const ready = (since: string): Pod => pod({ conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: since }] });

test('a pod is ready when its condition says so', () => {
  expect(isPodReady(ready('2026-01-01T00:00:00Z'))).toBe(true);
  expect(isPodReady(pod({ conditions: [{ type: 'Ready', status: 'False' }] }))).toBe(false);
  expect(isPodReady(pod({}))).toBe(false);
});

test('a pod counts until it ends or is asked to go', () => {
  expect(isPodActive(pod({ phase: 'Running' }))).toBe(true);
  expect(isPodActive(pod({ phase: 'Succeeded' }))).toBe(false);
  expect(isPodActive(pod({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBe(false);
});

test('a pod is available once it was ready long enough', () => {
  const at = new Date('2026-01-01T00:00:10Z');
  expect(isPodAvailable(ready('2026-01-01T00:00:00Z'), 10, at)).toBe(true);
  expect(isPodAvailable(ready('2026-01-01T00:00:01Z'), 10, at)).toBe(false);
  expect(isPodAvailable(ready('2026-01-01T00:00:10Z'), 0, at)).toBe(true);
  expect(isPodAvailable(pod({}), 0, at)).toBe(false);
});

test('a condition keeps the time of its last change of status', () => {
  const before = [
    { type: 'A', status: 'True', lastTransitionTime: 'then' },
    { type: 'B', status: 'True', lastTransitionTime: 'then' },
  ];
  expect(setCondition(before, { type: 'A', status: 'True', lastTransitionTime: 'now' })[0]?.lastTransitionTime).toBe('then');
  expect(setCondition(before, { type: 'A', status: 'False', lastTransitionTime: 'now' })[0]?.lastTransitionTime).toBe('now');
  expect(getCondition(setCondition(undefined, { type: 'C', status: 'True' }), 'C')).toEqual({ type: 'C', status: 'True' });
});

describe('what a pod asks of a node', () => {
  const one = (cpu: string, more: object = {}) => ({ name: 'x', resources: { requests: { cpu } }, ...more });
  const cpu = (spec: object): number => podRequests({ spec: spec as Pod['spec'] }).cpuMilli;
  test('is the sum of its containers', () => expect(cpu({ containers: [one('100m'), one('1')] })).toBe(1100));
  test('is at least its largest init container', () => expect(cpu({ containers: [one('1')], initContainers: [one('3'), one('2')] })).toBe(3000));
  test('holds sidecars beside everything that comes after them', () => {
    const sidecar = one('1', { restartPolicy: 'Always' });
    expect(cpu({ containers: [one('1')], initContainers: [one('2'), sidecar] })).toBe(2000);
    expect(cpu({ containers: [one('1')], initContainers: [sidecar, one('2')] })).toBe(3000);
  });
  test('has overhead on top', () => expect(cpu({ containers: [one('1')], overhead: { cpu: '250m' } })).toBe(1250));
  test('is what the pod itself asks where it does', () => expect(cpu({ containers: [one('1')], resources: { requests: { cpu: '5' } } })).toBe(5000));
  test('counts bytes and devices', () => {
    const requests = { memory: '1Gi', 'ephemeral-storage': '1k', 'example.com/gpu': '2' };
    expect(podRequests({ spec: { containers: [{ name: 'x', resources: { requests } }] } })).toEqual({
      cpuMilli: 0,
      memoryBytes: 1_073_741_824,
      ephemeralStorageBytes: 1000,
      scalar: { 'example.com/gpu': 2 },
    });
  });
});
