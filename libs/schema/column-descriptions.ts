import type { AnyKind } from '#lib/api/kind';
import { descriptionOf } from '#lib/schema/openapi/descriptions';

/** The field that a column shows, `core/v1.PodStatus podIP`: its description is the column's. What is no field has words of its own. */
type Source = string;

const OF_ALL: Readonly<Record<string, Source>> = {
  Name: 'meta/v1.ObjectMeta name',
  Age: 'meta/v1.ObjectMeta creationTimestamp',
  'Created At': 'meta/v1.ObjectMeta creationTimestamp',
  Containers: '=Names of each container in the template.',
  Images: '=Images referenced by each container in the template.',
};

/** Columns that are fields of one type. */
const fields = (type: string, columns: Readonly<Record<string, string>>): Record<string, Source> =>
  Object.fromEntries(Object.entries(columns).map(([column, field]) => [column, `${type} ${field}`]));

const BINDING = {
  Users: '=Users in the roleBinding',
  Groups: '=Groups in the roleBinding',
  ServiceAccounts: '=ServiceAccounts in the roleBinding',
};

/** By kind and column. Mirrors pkg/printers/internalversion/printers.go. */
const OF_KINDS: Readonly<Record<string, Readonly<Record<string, Source>>>> = {
  Pod: {
    ...fields('core/v1.PodStatus', { IP: 'podIP', 'Nominated Node': 'nominatedNodeName' }),
    ...fields('core/v1.PodSpec', { Node: 'nodeName', 'Readiness Gates': 'readinessGates' }),
  },
  PodTemplate: { 'Pod Labels': '=The labels for the pod template.' },
  Node: {
    ...fields('core/v1.NodeSystemInfo', {
      Version: 'kubeletVersion',
      'OS-Image': 'osImage',
      'Kernel-Version': 'kernelVersion',
      'Container-Runtime': 'containerRuntimeVersion',
    }),
    ...fields('core/v1.NodeStatus', { 'Internal-IP': 'addresses', 'External-IP': 'addresses' }),
  },
  Namespace: { Status: '=The status of the namespace' },
  Service: fields('core/v1.ServiceSpec', {
    Type: 'type',
    'Cluster-IP': 'clusterIP',
    'External-IP': 'externalIPs',
    'Port(s)': 'ports',
    Selector: 'selector',
  }),
  Endpoints: { Endpoints: 'core/v1.Endpoints subsets' },
  ConfigMap: { Data: 'core/v1.ConfigMap data' },
  Secret: fields('core/v1.Secret', { Type: 'type', Data: 'data' }),
  ServiceAccount: { Secrets: 'core/v1.ServiceAccount secrets' },
  Event: {
    ...fields('core/v1.Event', {
      'Last Seen': 'lastTimestamp',
      'First Seen': 'firstTimestamp',
      Count: 'count',
      Type: 'type',
      Reason: 'reason',
      Source: 'source',
      Message: 'message',
      Object: 'involvedObject',
    }),
    Subobject: 'core/v1.ObjectReference fieldPath',
  },
  ReplicationController: {
    ...fields('core/v1.ReplicationControllerSpec', { Desired: 'replicas', Selector: 'selector' }),
    ...fields('core/v1.ReplicationControllerStatus', { Current: 'replicas', Ready: 'readyReplicas' }),
  },
  PersistentVolume: {
    ...fields('core/v1.PersistentVolumeSpec', {
      Capacity: 'capacity',
      'Access Modes': 'accessModes',
      'Reclaim Policy': 'persistentVolumeReclaimPolicy',
      Claim: 'claimRef',
      VolumeAttributesClass: 'volumeAttributesClassName',
      VolumeMode: 'volumeMode',
    }),
    ...fields('core/v1.PersistentVolumeStatus', { Status: 'phase', Reason: 'reason' }),
    StorageClass: '=StorageClass of the pv',
  },
  PersistentVolumeClaim: {
    ...fields('core/v1.PersistentVolumeClaimStatus', { Status: 'phase', Capacity: 'capacity', 'Access Modes': 'accessModes' }),
    ...fields('core/v1.PersistentVolumeClaimSpec', {
      Volume: 'volumeName',
      VolumeAttributesClass: 'volumeAttributesClassName',
      VolumeMode: 'volumeMode',
    }),
    StorageClass: '=StorageClass of the pvc',
  },
  ResourceQuota: {
    Request: '=Request represents a minimum amount of cpu/memory that a container may consume.',
    Limit: '=Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
  },
  ComponentStatus: {
    Status: '=Status of the component conditions',
    Message: '=Message of the component conditions',
    Error: '=Error of the component conditions',
  },
  Deployment: {
    Ready: '=Number of the pod with ready state',
    ...fields('apps/v1.DeploymentStatus', { 'Up-to-date': 'updatedReplicas', Available: 'availableReplicas' }),
    Selector: 'apps/v1.DeploymentSpec selector',
  },
  ReplicaSet: {
    ...fields('apps/v1.ReplicaSetSpec', { Desired: 'replicas', Selector: 'selector' }),
    ...fields('apps/v1.ReplicaSetStatus', { Current: 'replicas', Ready: 'readyReplicas' }),
  },
  StatefulSet: { Ready: '=Number of the pod with ready state' },
  DaemonSet: {
    ...fields('apps/v1.DaemonSetStatus', {
      Desired: 'desiredNumberScheduled',
      Current: 'currentNumberScheduled',
      Ready: 'numberReady',
      'Up-to-date': 'updatedNumberScheduled',
      Available: 'numberAvailable',
    }),
    'Node Selector': 'core/v1.PodSpec nodeSelector',
    Selector: 'apps/v1.DaemonSetSpec selector',
  },
  ControllerRevision: { Controller: '=Controller of the object', Revision: 'apps/v1.ControllerRevision revision' },
  Job: {
    Status: '=Status of the job.',
    Completions: 'batch/v1.JobStatus succeeded',
    Duration: '=Time required to complete the job.',
    Selector: 'batch/v1.JobSpec selector',
  },
  CronJob: {
    ...fields('batch/v1.CronJobSpec', { Schedule: 'schedule', Timezone: 'timeZone', Suspend: 'suspend' }),
    ...fields('batch/v1.CronJobStatus', { Active: 'active', 'Last Schedule': 'lastScheduleTime' }),
    Selector: 'batch/v1.JobSpec selector',
  },
  HorizontalPodAutoscaler: {
    ...fields('autoscaling/v2.HorizontalPodAutoscalerSpec', {
      Reference: 'scaleTargetRef',
      Targets: 'metrics',
      MinPods: 'minReplicas',
      MaxPods: 'maxReplicas',
    }),
    Replicas: 'autoscaling/v2.HorizontalPodAutoscalerStatus currentReplicas',
  },
  PodDisruptionBudget: {
    'Min Available': '=The minimum number of pods that must be available.',
    'Max Unavailable': '=The maximum number of pods that may be unavailable.',
    'Allowed Disruptions': '=Calculated number of pods that may be disrupted at this time.',
  },
  Ingress: {
    Class: '=The name of the IngressClass resource that should be used for additional configuration',
    Hosts: '=Hosts that incoming requests are matched against before the ingress rule',
    Address: '=Address is a list containing ingress points for the load-balancer',
    Ports: '=Ports of TLS configurations that open',
  },
  IngressClass: {
    Controller: '=Controller that is responsible for handling this class',
    Parameters: '=A reference to a resource with additional parameters',
  },
  NetworkPolicy: { 'Pod-Selector': 'networking/v1.NetworkPolicySpec podSelector' },
  IPAddress: { ParentRef: 'networking/v1.IPAddressSpec parentRef' },
  ServiceCIDR: { CIDRs: 'networking/v1.ServiceCIDRSpec cidrs' },
  StorageClass: fields('storage/v1.StorageClass', {
    Provisioner: 'provisioner',
    ReclaimPolicy: 'reclaimPolicy',
    VolumeBindingMode: 'volumeBindingMode',
    AllowVolumeExpansion: 'allowVolumeExpansion',
  }),
  VolumeAttachment: {
    ...fields('storage/v1.VolumeAttachmentSpec', { Attacher: 'attacher', Node: 'nodeName' }),
    PV: 'storage/v1.VolumeAttachmentSource persistentVolumeName',
    Attached: 'storage/v1.VolumeAttachmentStatus attached',
  },
  VolumeAttributesClass: { DriverName: 'storage/v1.VolumeAttributesClass driverName' },
  CSIDriver: fields('storage/v1.CSIDriverSpec', {
    AttachRequired: 'attachRequired',
    PodInfoOnMount: 'podInfoOnMount',
    StorageCapacity: 'storageCapacity',
    TokenRequests: 'tokenRequests',
    RequiresRepublish: 'requiresRepublish',
    Modes: 'volumeLifecycleModes',
  }),
  CSINode: { Drivers: '=Drivers indicates the number of CSI drivers registered on the node' },
  CSIStorageCapacity: fields('storage/v1.CSIStorageCapacity', { StorageClassName: 'storageClassName', Capacity: 'capacity' }),
  PriorityClass: fields('scheduling/v1.PriorityClass', {
    Value: 'value',
    'Global-Default': 'globalDefault',
    PreemptionPolicy: 'preemptionPolicy',
  }),
  RuntimeClass: { Handler: 'node/v1.RuntimeClass handler' },
  CertificateSigningRequest: {
    ...fields('certificates/v1.CertificateSigningRequestSpec', {
      SignerName: 'signerName',
      Requestor: 'request',
      RequestedDuration: 'expirationSeconds',
    }),
    Condition: 'certificates/v1.CertificateSigningRequestStatus conditions',
  },
  MutatingWebhookConfiguration: { Webhooks: '=Webhooks indicates the number of webhooks registered in this configuration' },
  ValidatingWebhookConfiguration: { Webhooks: '=Webhooks indicates the number of webhooks registered in this configuration' },
  EndpointSlice: fields('discovery/v1.EndpointSlice', { AddressType: 'addressType', Ports: 'ports', Endpoints: 'endpoints' }),
  Lease: { Holder: 'coordination/v1.LeaseSpec holderIdentity' },
  RoleBinding: { Role: 'rbac/v1.RoleBinding roleRef', ...BINDING },
  ClusterRoleBinding: { Role: 'rbac/v1.ClusterRoleBinding roleRef', ...BINDING },
};

/** What a column of a kind is for; '' where nobody says. `own` is what its kind says. */
export function columnDescription(kind: AnyKind, column: string, own: string | undefined): string {
  if (own !== undefined) return own;
  const source = (kind.schema ? undefined : OF_KINDS[kind.kind]?.[column]) ?? OF_ALL[column] ?? '=';
  if (source[0] === '=') return source.slice(1);
  const [type, field] = source.split(' ') as [string, string];
  return descriptionOf(type, field) ?? '';
}

/** Every field that a column is described by: for a test. */
export const describedBy = (): readonly string[] =>
  [OF_ALL, ...Object.values(OF_KINDS)].flatMap((columns) => Object.values(columns)).filter((source) => source[0] !== '=');
