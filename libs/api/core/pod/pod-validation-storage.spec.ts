import type { Volume } from '#lib/api/core/pod/pod-types';
import { complaintsOfVolume } from '#lib/api/testing/pod-complaints';

const IQN = 'iqn.2001-04.com.example:storage.disk';
const iscsi = (more: object): Partial<Volume> => ({ iscsi: { targetPortal: '10.0.0.1', iqn: IQN, lun: 0, ...more } });

describe('storage outside of the cluster', () => {
  test.each<[string, Partial<Volume>, string[]]>([
    ['names what it needs', { rbd: { monitors: [], image: '' } }, ['rbd.monitors: Required value', 'rbd.image: Required value']],
    [
      'calls the disk of Google by another name',
      { gcePersistentDisk: { pdName: '', partition: 256 } },
      ['persistentDisk.pdName: Required value', 'persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive'],
    ],
    ['is an iSCSI target', iscsi({}), []],
    ['has an iSCSI name of a known kind', iscsi({ iqn: 'abc' }), ['iscsi.iqn: Invalid value: "abc": must be valid format starting with iqn, eui, or naa']],
    ['has an iSCSI name of its kind', iscsi({ iqn: 'eui.12' }), ['iscsi.iqn: Invalid value: "eui.12": must be valid format']],
    ['has a unit below 256', iscsi({ lun: 256 }), ['iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive']],
    ['has a secret when it authenticates', iscsi({ chapAuthSession: true }), ['iscsi.secretRef: Required value']],
    [
      'has an initiator that is short',
      iscsi({ initiatorName: IQN, targetPortal: 'x'.repeat(70) }),
      ['name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'],
    ],
    ['is one fibre channel', { fc: {} }, ['fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both']],
    [
      'is not two fibre channels',
      { fc: { targetWWNs: ['a'], wwids: ['b'], lun: 1 } },
      ['fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously'],
    ],
    ['is a unit of a fibre channel', { fc: { targetWWNs: ['a'] } }, ['fc.lun: Required value: lun is required if targetWWNs is specified']],
    [
      'leaves reserved options alone',
      { flexVolume: { driver: 'd', options: { 'x.kubernetes.io/a': '1', mine: '2' } } },
      ['flexVolume.options[x.kubernetes.io/a]: Invalid value: "x.kubernetes.io/a": kubernetes.io and k8s.io namespaces are reserved'],
    ],
    [
      'is a managed disk of a subscription',
      { azureDisk: { diskName: 'd', diskURI: 'https://x', kind: 'Managed' } },
      [
        'azureDisk.diskURI: Unsupported value: "https://x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
      ],
    ],
    [
      'is a shared disk on the web',
      { azureDisk: { diskName: 'd', diskURI: '/subscriptions/x' } },
      [
        'azureDisk.diskURI: Unsupported value: "/subscriptions/x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
      ],
    ],
    [
      'caches as Azure can',
      { azureDisk: { diskName: 'd', diskURI: 'https://x', cachingMode: 'All' } },
      ['azureDisk.cachingMode: Unsupported value: "All": supported values: "None", "ReadOnly", "ReadWrite"'],
    ],
    ['is a data set', { flocker: { datasetName: 'a/b' } }, ['flocker.datasetName: Invalid value: "a/b": must not contain \'/\'']],
    ['is some data set', { flocker: {} }, ['flocker: Required value: one of datasetName and datasetUUID is required']],
    [
      'has registries with ports',
      { quobyte: { registry: 'a:1,b', volume: 'v' } },
      ['quobyte.registry: Invalid value: "a:1,b": must be a host:port pair or multiple pairs separated by commas'],
    ],
    ['stays below its repository', { gitRepo: { repository: 'r', directory: '../x' } }, ['gitRepo.directory: Invalid value: "../x": must not contain \'..\'']],
    ['has a secret with a name', { cinder: { volumeID: 'v', secretRef: {} } }, ['cinder.secretRef.name: Required value']],
    [
      'has a driver with a DNS name',
      { csi: { driver: 'a b' } },
      [
        "csi.driver: Invalid value: \"a b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    ],
    ['has a driver', { csi: { driver: 'Example.com' } }, []],
    [
      'claims room and a way to use it',
      { ephemeral: { volumeClaimTemplate: { spec: {} } } },
      [
        'ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required',
        'ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value',
      ],
    ],
  ])('%s', (_sentence, volume, expected) => expect(complaintsOfVolume(volume)).toEqual(expected.map((text) => `spec.volumes[0].${text}`)));
});
