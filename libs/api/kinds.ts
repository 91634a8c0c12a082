import type { AnyKind } from './kind';
import { Namespace } from './core/namespace';
import { Node } from './core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { Service } from './core/service';
import { Endpoints } from './core/endpoints';
import { ConfigMap } from './core/configmap';
import { Secret } from './core/secret';
import { ServiceAccount } from './core/serviceaccount';
import { Event } from './core/event';
import { ComponentStatus } from './core/componentstatus';
import { LimitRange } from './core/limitrange';
import { PersistentVolume } from './core/persistentvolume';
import { PersistentVolumeClaim } from './core/persistentvolumeclaim';
import { PodTemplate } from './core/podtemplate';
import { ReplicationController } from './core/replicationcontroller';
import { ResourceQuota } from './core/resourcequota';
import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from './admissionregistration/policies';
import { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from './admissionregistration/webhooks';
import { APIService } from './apiregistration/apiservice';
import { DaemonSet } from './apps/daemonset';
import { StatefulSet } from './apps/statefulset';
import { HorizontalPodAutoscaler } from './autoscaling/horizontalpodautoscaler';
import { CronJob } from './batch/cronjob';
import { Job } from './batch/job';
import { CertificateSigningRequest } from './certificates/certificatesigningrequest';
import { FlowSchema } from './flowcontrol/flowschema';
import { PriorityLevelConfiguration } from './flowcontrol/prioritylevelconfiguration';
import { NodeMetrics } from './metrics/nodemetrics';
import { PodMetrics } from './metrics/podmetrics';
import { Ingress } from './networking/ingress';
import { IngressClass } from './networking/ingressclass';
import { IPAddress } from './networking/ipaddress';
import { NetworkPolicy } from './networking/networkpolicy';
import { ServiceCIDR } from './networking/servicecidr';
import { RuntimeClass } from './node/runtimeclass';
import { PodDisruptionBudget } from './policy/poddisruptionbudget';
import { ResourceClaim, ResourceClaimTemplate } from './resource/claims';
import { DeviceClass, ResourceSlice } from './resource/devices';
import { PriorityClass } from './scheduling/priorityclass';
import { CSIDriver } from './storage/csidriver';
import { CSINode } from './storage/csinode';
import { CSIStorageCapacity } from './storage/csistoragecapacity';
import { StorageClass } from './storage/storageclass';
import { VolumeAttachment } from './storage/volumeattachment';
import { VolumeAttributesClass } from './storage/volumeattributesclass';
import { Deployment } from './apps/deployment';
import { ReplicaSet } from './apps/replicaset';
import { ControllerRevision } from './apps/controllerrevision';
import { Event as EventsEvent } from './events/event';
import { EndpointSlice } from './discovery/endpointslice';
import { Lease } from './coordination/lease';
import { Role } from './rbac/role';
import { RoleBinding } from './rbac/rolebinding';
import { ClusterRole } from './rbac/clusterrole';
import { ClusterRoleBinding } from './rbac/clusterrolebinding';
import { Change } from './decklog/change';
import { HorizontalPodAutoscalerV1 } from './autoscaling/v1';
import { oldVersions } from './legacy/old-versions';
import { CustomResourceDefinition } from './apiextensions/customresourcedefinition';
import { Erasure } from './decklog/erasure';
import { Request } from './decklog/request';

/** THE REGISTRY: every kind that is served. One line adds one: routes, discovery, OpenAPI, columns and storage follow. */
export const kinds: readonly AnyKind[] = [
  Namespace,
  Node,
  Pod,
  Service,
  Endpoints,
  ConfigMap,
  Secret,
  ServiceAccount,
  Event,
  ReplicationController,
  PodTemplate,
  PersistentVolume,
  PersistentVolumeClaim,
  LimitRange,
  ResourceQuota,
  ComponentStatus,
  Deployment,
  ReplicaSet,
  StatefulSet,
  DaemonSet,
  ControllerRevision,
  Job,
  CronJob,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  Ingress,
  IngressClass,
  NetworkPolicy,
  IPAddress,
  ServiceCIDR,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  PriorityClass,
  RuntimeClass,
  CertificateSigningRequest,
  FlowSchema,
  PriorityLevelConfiguration,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  APIService,
  ResourceClaim,
  ResourceClaimTemplate,
  DeviceClass,
  ResourceSlice,
  EndpointSlice,
  EventsEvent,
  Lease,
  Role,
  RoleBinding,
  ClusterRole,
  ClusterRoleBinding,
  CustomResourceDefinition,
  Erasure,
  Change,
  Request,
  NodeMetrics,
  PodMetrics,
  // Other versions come after the stored ones.
  HorizontalPodAutoscalerV1,
  ...oldVersions,
];

// the first of a name is the stored one
const byResource = new Map<string, AnyKind>([...kinds].reverse().map((kind) => [kind.resource, kind]));
const byType = new Map<string, AnyKind>(kinds.map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]));

/** By `plural.group`, the name in the log. */
export const kindOfResource = (resource: string): AnyKind | undefined => byResource.get(resource);

/** By what an object says of itself. */
export const kindOfObject = (object: { readonly apiVersion: string; readonly kind: string }): AnyKind | undefined =>
  byType.get(`${object.apiVersion}/${object.kind}`);

/** The kind whose entries hold it: events.k8s.io/v1 Event is stored as core/v1 Event. */
export const storedKind = (kind: AnyKind): AnyKind =>
  (kind.storedAs && kind.storedAs.kind?.()) ??
  (kind.storedAs && kindOfObject({ apiVersion: kind.storedAs.apiVersion, kind: kind.kind })) ??
  kind;

const byPath = new Map<string, AnyKind>(kinds.map((kind) => [`${kind.apiVersion}/${kind.plural}`, kind]));

/** By the parts of a URL's path; the core group is ''. */
export const kindOfPath = (group: string, version: string, plural: string): AnyKind | undefined =>
  byPath.get(group === '' ? `${version}/${plural}` : `${group}/${version}/${plural}`);
