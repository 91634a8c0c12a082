import { bodyOf, complaints, created, headings, row, stepComplaints, texts, updated, yamlOf, NOW } from '#lib/api/testing/given-kind';
import { PersistentVolume } from './persistentvolume';
import { PersistentVolumeClaim } from './persistentvolumeclaim';

const NFS = 'capacity: {storage: 1024Mi}, accessModes: [ReadWriteOnce], nfs: {server: "10.0.0.5", path: /export}';
const CLAIM = 'accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}';

describe('volumes', () => {
  test('are kept when they are released, and are file systems', () => {
    expect(bodyOf(created(PersistentVolume, `spec: {${NFS}}`))).toEqual(
      yamlOf(`
      spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], nfs: {server: "10.0.0.5", path: /export}, persistentVolumeReclaimPolicy: Retain, volumeMode: Filesystem}
      status: {phase: Pending, lastPhaseTransitionTime: "2026-01-02T03:04:05Z"}`),
    );
    expect(complaints(PersistentVolume, `spec: {${NFS}}`)).toEqual([]);
  });

  test.each([
    [
      'one empty thing after the other',
      '',
      [
        'spec.accessModes: Required value',
        'spec.capacity: Required value',
        'spec.capacity: Unsupported value: {}: supported values: "storage"',
        'spec: Required value: must specify a volume type',
      ],
    ],
    ['one source', `${NFS}, hostPath: {path: /data}`, ['spec.nfs: Forbidden: may not specify more than 1 volume type']],
    [
      'modes exist',
      NFS.replace('ReadWriteOnce', 'ReadWriteOncePod, ReadOften, ReadWriteMany'),
      [
        'spec.accessModes: Unsupported value: "ReadOften": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      ],
    ],
    ['a size', NFS.replace('1024Mi', '0'), ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
    [
      'a local disk is somewhere',
      'capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], local: {path: /mnt}',
      ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    ],
    [
      'the root is not recycled',
      'capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /}, persistentVolumeReclaimPolicy: Recycle',
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
    ['a driver has a handle', 'capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], csi: {driver: a.b}', ['spec.csi.volumeHandle: Required value']],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(PersistentVolume, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('where the data is never changes', () => {
    const [text = '', ...more] = stepComplaints(PersistentVolume, `spec: {${NFS}}`, `spec: {${NFS.replace('/export', '/other')}}`);
    expect(text).toMatch(/^spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n[^]*\/other/);
    expect(more).toEqual([]);
  });

  test('a new phase is dated', () => {
    const before = created(PersistentVolume, `spec: {${NFS}}`);
    const later = new Date(NOW.getTime() + 60_000);
    const phase = (status: string) => updated(PersistentVolume, before, `{spec: {${NFS}}, status: ${status}}`, { now: later, subresource: 'status' }).status;
    expect(phase('{phase: Bound}')).toEqual({ phase: 'Bound', lastPhaseTransitionTime: '2026-01-02T03:05:05Z' });
  });

  test('are shown with their claim', () => {
    expect(headings(PersistentVolume as never, true)).toEqual([
      'Name',
      'Capacity',
      'Access Modes',
      'Reclaim Policy',
      'Status',
      'Claim',
      'StorageClass',
      'VolumeAttributesClass',
      'Reason',
      'Age',
      'VolumeMode',
    ]);
    const spec =
      'capacity: {storage: 1Gi}, accessModes: [ReadWriteMany, ReadWriteOnce], persistentVolumeReclaimPolicy: Retain, claimRef: {namespace: a, name: b}, storageClassName: fast';
    expect(row(PersistentVolume, `{spec: {${spec}}, status: {phase: Bound}}`)).toEqual([
      'x',
      '1Gi',
      'RWO,RWX',
      'Retain',
      'Bound',
      'a/b',
      'fast',
      '<unset>',
      '',
      '4m5s',
    ]);
  });
});

describe('claims', () => {
  test('wait for a volume, and say their source twice', () => {
    const claim = created(PersistentVolumeClaim, `spec: {${CLAIM}, dataSource: {kind: PersistentVolumeClaim, name: old}}`);
    expect(claim.spec.dataSourceRef).toEqual({ kind: 'PersistentVolumeClaim', name: 'old' });
    expect([claim.spec.volumeMode, claim.status]).toEqual(['Filesystem', { phase: 'Pending' }]);
    expect(complaints(PersistentVolumeClaim, `spec: {${CLAIM}}`)).toEqual([]);
    expect(complaints(PersistentVolumeClaim, 'spec: {}')).toEqual([
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ]);
  });

  test('a bound claim grows, and nothing else of it changes', () => {
    const bound = (spec: string): PersistentVolumeClaim => ({
      ...created(PersistentVolumeClaim, `spec: {${spec}}`),
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    });
    const step = (before: string, after: string): string[] =>
      texts(PersistentVolumeClaim.validateUpdate?.(bound(after), bound(before)) ?? []).map((text) => text.split('\n')[0] as string);
    expect(step(CLAIM, `${CLAIM}, volumeName: pv`)).toEqual([]);
    expect(step(`${CLAIM}, volumeName: pv`, `${CLAIM.replace('1Gi', '2Gi')}, volumeName: pv`)).toEqual([]);
    const immutable = 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    expect(step(`${CLAIM}, volumeName: pv`, `${CLAIM}, volumeName: other`)).toEqual([immutable]);
    expect(step(CLAIM, CLAIM.replace('1Gi', '1Mi'))).toEqual(['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity']);
    expect(step(`${CLAIM}, storageClassName: a`, `${CLAIM}, storageClassName: b`)).toEqual([immutable]);
    expect(step(CLAIM, `${CLAIM}, storageClassName: b`)).toEqual([]);
  });

  test('are shown with their volume once they have one', () => {
    expect(headings(PersistentVolumeClaim as never)).toEqual([
      'Name',
      'Status',
      'Volume',
      'Capacity',
      'Access Modes',
      'StorageClass',
      'VolumeAttributesClass',
      'Age',
    ]);
    const status = 'status: {phase: Bound, accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}}';
    expect(row(PersistentVolumeClaim, `{spec: {volumeName: pv}, ${status}}`)).toEqual(['x', 'Bound', 'pv', '1Gi', 'RWO', '', '<unset>', '4m5s']);
    expect(row(PersistentVolumeClaim, '{spec: {}, status: {phase: Pending}}', true)).toEqual(['x', 'Pending', '', '', '', '', '<unset>', '4m5s', '<unset>']);
  });
});
