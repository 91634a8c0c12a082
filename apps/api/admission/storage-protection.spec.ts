import { PersistentVolume } from '#lib/api/core/persistentvolume';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { StorageClass } from '#lib/api/storage/storageclass';
import { VolumeAttributesClass } from '#lib/api/storage/volumeattributesclass';
import { storageProtection } from './storage-protection';

const CASES: [AnyKind, string][] = [
  [PersistentVolumeClaim, 'kubernetes.io/pvc-protection'],
  [PersistentVolume, 'kubernetes.io/pv-protection'],
  [VolumeAttributesClass, 'kubernetes.io/vac-protection'],
];

/** The finalizers that such a request ends with. */
function finalizersOf(kind: AnyKind, operation: 'CREATE' | 'UPDATE', finalizers?: string[]): string[] | undefined {
  const object = { metadata: { name: 'x', ...(finalizers && { finalizers }) } } as KubeObject;
  storageProtection.mutate!({ kind, operation, object } as never, undefined as never);
  return object.metadata.finalizers;
}

describe('storage that is in use', () => {
  test.each(CASES)('by %s, is given to what is made without, and never twice', (kind, finalizer) => {
    expect(finalizersOf(kind, 'CREATE')).toEqual([finalizer]);
    expect(finalizersOf(kind, 'CREATE', ['mine'])).toEqual(['mine', finalizer]);
    expect(finalizersOf(kind, 'CREATE', [finalizer])).toEqual([finalizer]);
    expect(finalizersOf(kind, 'UPDATE')).toBeUndefined();
  });

  test('is not what other kinds are', () => {
    expect(finalizersOf(StorageClass, 'CREATE')).toBeUndefined();
  });
});
