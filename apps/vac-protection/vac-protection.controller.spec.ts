import { PersistentVolume } from '#lib/api/core/persistentvolume';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import { VolumeAttributesClass } from '#lib/api/storage/volumeattributesclass';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { vacProtection } from './vac-protection.controller';

const decide = given(vacProtection);
const PROTECTED = 'kubernetes.io/vac-protection';
const going = build(VolumeAttributesClass, { name: 'fast', deleted: secondsAgo(1), finalizers: [PROTECTED] }, { driverName: 'd' });
const claim = (spec: object, status: object): PersistentVolumeClaim => build(PersistentVolumeClaim, { name: 'data' }, { spec, status });

describe('vac-protection', () => {
  test('lets a class go that nothing names', () => {
    expect(decide(going, claim({ volumeAttributesClassName: 'slow' }, {}))).toMatchObject([
      { do: 'update', object: { metadata: { name: 'fast', finalizers: [] } } },
    ]);
  });

  test.each([
    ['a volume has it', build(PersistentVolume, { name: 'disk' }, { spec: { volumeAttributesClassName: 'fast' } })],
    ['a claim wants it', claim({ volumeAttributesClassName: 'fast' }, {})],
    ['a claim has it', claim({}, { currentVolumeAttributesClassName: 'fast' })],
    ['a claim is given it', claim({}, { modifyVolumeStatus: { targetVolumeAttributesClassName: 'fast', status: 'InProgress' } })],
  ])('keeps a class while %s', (_, user) => {
    expect(decide(going, user)).toEqual([]);
  });

  test('wakes for the class that a claim no longer names', () => {
    const [before, after] = [claim({ volumeAttributesClassName: 'fast' }, {}), claim({ volumeAttributesClassName: 'slow' }, {})];
    const { keys } = vacProtection.watches![0]!;
    expect([...keys({ type: 'MODIFIED', kind: PersistentVolumeClaim, object: after, previous: before } as never, undefined as never)]).toEqual(['fast']);
    expect([...keys({ type: 'DELETED', kind: PersistentVolumeClaim, object: after } as never, undefined as never)]).toEqual(['slow']);
  });
});
