import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import { Pod } from '#lib/api/core/pod/pod';
import { build, type Common } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { pvcProtection } from './pvc-protection.controller';

const decide = given(pvcProtection);
const PROTECTED = 'kubernetes.io/pvc-protection';
const claim = (options: Common): PersistentVolumeClaim => build(PersistentVolumeClaim, { name: 'data', ...options }, { spec: {} });
const going = (more: Common = {}): PersistentVolumeClaim => claim({ deleted: secondsAgo(1), finalizers: [PROTECTED], ...more });
const pod = (volume: object, spec: object = { nodeName: 'node-1' }, more: Common & { phase?: string } = {}): Pod =>
  build(Pod, more, { spec: { containers: [], volumes: [{ name: 'v', ...volume }], ...spec }, status: { phase: more.phase ?? 'Running' } });
const DATA = { persistentVolumeClaim: { claimName: 'data' } };
const wakes = (object: Pod, type: 'MODIFIED' | 'DELETED'): string[] => [
  ...pvcProtection.watches![0]!.keys({ type, kind: Pod, object } as never, undefined as never),
];

describe('pvc-protection', () => {
  test('lets a claim go that no pod uses, and leaves the finalizers of others to them', () => {
    expect(decide(going())).toMatchObject([{ do: 'update', object: { metadata: { name: 'data', finalizers: [] } } }]);
    expect(decide(going({ finalizers: ['mine', PROTECTED] }))).toMatchObject([{ do: 'update', object: { metadata: { finalizers: ['mine'] } } }]);
  });

  test('keeps a claim as long as there is a pod with a node that uses it, finished or not', () => {
    expect(decide(going(), pod(DATA))).toEqual([]);
    expect(decide(going(), pod(DATA, undefined, { phase: 'Succeeded' }))).toEqual([]);
    expect(decide(going(), pod(DATA, {})).map((c) => c.do)).toEqual(['update']);
    expect(decide(going(), pod({ persistentVolumeClaim: { claimName: 'other' } })).map((c) => c.do)).toEqual(['update']);
    expect(decide(going(), pod(DATA, undefined, { namespace: 'shop' })).map((c) => c.do)).toEqual(['update']);
  });

  test('keeps a claim that was made for a pod until that very pod is shut down', () => {
    const ephemeral = { ephemeral: { volumeClaimTemplate: { spec: {} } } };
    const owner = pod(ephemeral, undefined, { name: 'web' });
    const made = (by: Pod) => going({ name: 'web-v', ownedBy: by });
    expect(decide(made(owner), owner)).toEqual([]);
    expect(decide(made(pod(ephemeral, undefined, { name: 'web', uid: 'earlier' })), owner).map((c) => c.do)).toEqual(['update']);
    const down = pod(ephemeral, undefined, { name: 'web', deleted: secondsAgo(1), deletionGracePeriodSeconds: 0, finalizers: ['x'] });
    expect(decide(made(down), down).map((c) => c.do)).toEqual(['update']);
  });

  test('protects a claim that was made without, and leaves all others alone', () => {
    expect(decide(claim({}))).toMatchObject([{ do: 'update', object: { metadata: { finalizers: [PROTECTED] } } }]);
    expect(decide(claim({ finalizers: [PROTECTED] }))).toEqual([]);
    expect(decide(claim({ deleted: secondsAgo(1), finalizers: ['mine'] }))).toEqual([]);
  });

  test('wakes for the claims of pods that are gone, and not for what running pods do', () => {
    expect(wakes(pod(DATA), 'DELETED')).toEqual(['default/data']);
    expect(wakes(pod({ ephemeral: {} }), 'DELETED')).toEqual(['default/web-v']);
    expect(wakes(pod(DATA), 'MODIFIED')).toEqual([]);
  });
});
