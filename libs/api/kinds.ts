import type { AnyKind } from './kind';
import { Namespace } from './core/namespace';
import { Node } from './core/node';
import { Pod } from './core/pod';
import { Service } from './core/service';
import { Endpoints } from './core/endpoints';
import { ConfigMap } from './core/configmap';
import { Secret } from './core/secret';
import { ServiceAccount } from './core/serviceaccount';
import { Event } from './core/event';
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
import { Erasure } from './decklog/erasure';

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
  Deployment,
  ReplicaSet,
  ControllerRevision,
  EndpointSlice,
  EventsEvent,
  Lease,
  Role,
  RoleBinding,
  ClusterRole,
  ClusterRoleBinding,
  Erasure,
];

const byResource = new Map<string, AnyKind>(kinds.map((kind) => [kind.resource, kind]));
const byType = new Map<string, AnyKind>(kinds.map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]));

/** By `plural.group`, the name in the log. */
export const kindOfResource = (resource: string): AnyKind | undefined => byResource.get(resource);

/** By what an object says of itself. */
export const kindOfObject = (object: { readonly apiVersion: string; readonly kind: string }): AnyKind | undefined =>
  byType.get(`${object.apiVersion}/${object.kind}`);

/** The kind whose entries hold it: events.k8s.io/v1 Event is stored as core/v1 Event. */
export const storedKind = (kind: AnyKind): AnyKind =>
  (kind.storedAs && kindOfObject({ apiVersion: kind.storedAs.apiVersion, kind: kind.kind })) ?? kind;

const byPath = new Map<string, AnyKind>(kinds.map((kind) => [`${kind.apiVersion}/${kind.plural}`, kind]));

/** By the parts of a URL's path; the core group is ''. */
export const kindOfPath = (group: string, version: string, plural: string): AnyKind | undefined =>
  byPath.get(group === '' ? `${version}/${plural}` : `${group}/${version}/${plural}`);
