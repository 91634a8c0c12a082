import { PersistentVolume } from '#lib/api/core/persistentvolume';
import { build, type Common } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { pvProtection } from './pv-protection.controller';

const decide = given(pvProtection);
const PROTECTED = 'kubernetes.io/pv-protection';
const volume = (phase: string, options: Common): PersistentVolume => build(PersistentVolume, { name: 'disk', ...options }, { spec: {}, status: { phase } });

describe('pv-protection', () => {
  test('keeps a volume that is asked to go while it is bound', () => {
    const going = { deleted: secondsAgo(1), finalizers: [PROTECTED, 'mine'] };
    expect(decide(volume('Bound', going))).toEqual([]);
    expect(decide(volume('Released', going))).toMatchObject([{ do: 'update', object: { metadata: { name: 'disk', finalizers: ['mine'] } } }]);
  });

  test('protects a volume that was made without, and leaves all others alone', () => {
    expect(decide(volume('Available', {}))).toMatchObject([{ do: 'update', object: { metadata: { finalizers: [PROTECTED] } } }]);
    expect(decide(volume('Available', { finalizers: [PROTECTED] }))).toEqual([]);
  });
});
