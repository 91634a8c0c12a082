import { StatefulSet } from '#lib/api/apps/statefulset';
import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import type { Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { NetworkPolicy } from '#lib/api/networking/networkpolicy';
import { RuntimeClass } from '#lib/api/node/runtimeclass';
import { CSIStorageCapacity } from '#lib/api/storage/csistoragecapacity';
import { StorageClass } from '#lib/api/storage/storageclass';
import { created } from '#lib/api/testing/given-kind';
import { Endpoints } from './endpoints';
import { PersistentVolume } from './persistentvolume';
import { PersistentVolumeClaim } from './persistentvolumeclaim';
import { Pod } from '#lib/api/core/pod/pod';
import { Service } from './service';

const warned = <T extends KubeObject>(kind: Kind<T>, yaml: string): readonly string[] => kind.warnings?.(created(kind, yaml), undefined) ?? [];

const SLOPPY = 'non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"';
const CLASS = 'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead';
const OS = 'deprecated since v1.14; use "kubernetes.io/os" instead';

describe('what is accepted with a warning', () => {
  test('volumes of policies, plugins, annotations and labels that are out of date', () => {
    const spec = 'capacity: {storage: 1Gi}, accessModes: [ReadWriteMany], nfs: {server: a, path: /b}';
    expect(warned(PersistentVolume, `spec: {${spec}}`)).toEqual([]);
    expect(warned(PersistentVolume, `spec: {${spec}, persistentVolumeReclaimPolicy: Recycle}`)).toEqual([
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ]);
    const old = 'metadata: {annotations: {volume.beta.kubernetes.io/storage-class: a, volume.beta.kubernetes.io/mount-options: ro}}';
    const terms = 'nodeSelectorTerms: [{matchExpressions: [{key: beta.kubernetes.io/os, operator: Exists}]}]';
    expect(warned(PersistentVolume, `{${old}, spec: {cephfs: {monitors: [a]}, nodeAffinity: {required: {${terms}}}}}`)).toEqual([
      CLASS,
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
      `spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is ${OS}`,
      'spec.cephfs: deprecated in v1.28, non-functional in v1.31+',
    ]);
  });

  test('claims for a part of a byte, also in the templates of a StatefulSet', () => {
    const resources = 'resources: {requests: {storage: 1500m}, limits: {storage: 2Gi}}';
    const fraction = 'resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer';
    const old = 'metadata: {annotations: {volume.beta.kubernetes.io/storage-class: a}}';
    expect(warned(PersistentVolumeClaim, `{${old}, spec: {${resources}}}`)).toEqual([CLASS, `spec.${fraction}`]);
    expect(warned(StatefulSet, `spec: {volumeClaimTemplates: [{metadata: {name: a}, spec: {${resources}}}]}`)).toEqual([
      `spec.volumeClaimTemplates[0].${fraction}`,
    ]);
  });

  test('classes that select nodes by labels that were renamed', () => {
    expect(warned(StorageClass, '{provisioner: a, allowedTopologies: [{matchLabelExpressions: [{key: beta.kubernetes.io/os, values: [a]}]}]}')).toEqual([
      `allowedTopologies[0].matchLabelExpressions[0].key: ${OS}`,
    ]);
    expect(warned(RuntimeClass, '{handler: a, scheduling: {nodeSelector: {beta.kubernetes.io/os: linux, a: b}}}')).toEqual([`scheduling.nodeSelector: ${OS}`]);
    expect(warned(CSIStorageCapacity, '{storageClassName: a, nodeTopology: {matchLabels: {beta.kubernetes.io/os: linux}}}')).toEqual([
      `nodeTopology.matchLabels.beta.kubernetes.io/os: beta.kubernetes.io/os is ${OS}`,
    ]);
  });

  test('addresses with zeros in front, and blocks with bits too many, wherever they stand', () => {
    expect(warned(Service, 'spec: {externalIPs: [010.0.0.1], loadBalancerSourceRanges: [10.0.0.5/8]}')).toEqual([
      `spec.externalIPs[0]: ${SLOPPY}`,
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.5/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.5/32"?)',
    ]);
    expect(warned(Pod, 'spec: {hostAliases: [{ip: 010.0.0.1}], dnsConfig: {nameservers: [010.0.0.1]}, containers: []}')).toEqual([
      `spec.hostAliases[0].ip: ${SLOPPY}`,
      `spec.dnsConfig.nameservers[0]: ${SLOPPY}`,
    ]);
    expect(warned(NetworkPolicy, 'spec: {egress: [{to: [{podSelector: {}}, {ipBlock: {cidr: 010.0.0.0/8, except: [10.1.0.0/16]}}]}]}')).toEqual([
      'spec.egress[0].to[1].ipBlock.cidr: non-standard CIDR value "010.0.0.0/8" will be considered invalid in a future Kubernetes release: use "10.0.0.0/8"',
    ]);
  });

  test('endpoints, unless a controller wrote them', () => {
    const slice = 'addressType: IPv4, endpoints: [{addresses: [10.0.0.2, 010.0.0.1]}]';
    expect(warned(EndpointSlice, `{${slice}}`)).toEqual([`endpoints[0].addresses[1]: ${SLOPPY}`]);
    expect(warned(EndpointSlice, `{${slice}, metadata: {labels: {endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}}`)).toEqual([]);
    const subsets = 'subsets: [{notReadyAddresses: [{ip: 010.0.0.1}]}]';
    expect(warned(Endpoints, subsets)).toEqual([`subsets[0].notReadyAddresses[0].ip: ${SLOPPY}`]);
    expect(warned(Endpoints, `{${subsets}, metadata: {labels: {endpoints.kubernetes.io/managed-by: endpoint-controller}}}`)).toEqual([]);
  });

  test('a Service that still asks for hints by the old annotation', () => {
    expect(warned(Service, 'metadata: {annotations: {service.kubernetes.io/topology-aware-hints: auto}}')).toEqual([
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    ]);
  });
});
