import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import { isBeingDeleted, type KubeObject, type ObjectMeta } from '#lib/api/meta';
import {
  validateClaim,
  validateClaimStatus,
  validateClaimStep,
  validateClaimTemplate,
  validateClaimTemplateStep,
} from './claim-validation';

/** One wish for devices of a class. */
export interface DeviceRequest {
  name: string;
  exactly?: ExactRequest;
  firstAvailable?: ExactRequest[];
}

/** What a device must be, and how many. */
export interface ExactRequest {
  name?: string;
  deviceClassName: string;
  selectors?: { cel?: { expression: string } }[];
  allocationMode?: string;
  count?: number;
  adminAccess?: boolean;
  tolerations?: { key?: string; operator?: string; value?: string; effect?: string; tolerationSeconds?: number }[];
}

/** What the devices of several requests have in common, or do not. */
export interface DeviceConstraint {
  requests?: string[];
  matchAttribute?: string;
  distinctAttribute?: string;
}

/** What a driver is told about the devices of some requests. */
export interface DeviceConfig {
  requests?: string[];
  opaque?: { driver?: string; parameters?: unknown };
}

/** What a claim asks for. */
export interface ResourceClaimSpec {
  devices?: { requests?: DeviceRequest[]; constraints?: object[]; config?: object[] };
}

/** A wish for devices, and those that were found for it. */
export interface ResourceClaim extends KubeObject {
  spec: ResourceClaimSpec;
  status: { allocation?: object; reservedFor?: { apiGroup?: string; resource: string; name: string; uid: string }[]; devices?: object[] };
}

/** What claims are made from, one for each pod. */
export interface ResourceClaimTemplate extends KubeObject {
  spec: { metadata?: Partial<ObjectMeta>; spec: ResourceClaimSpec };
}

/** What is left open of a request. Mirrors pkg/apis/resource/v1/defaults.go. */
export function claimDefaults(spec: ResourceClaimSpec): void {
  for (const { exactly, firstAvailable } of spec.devices?.requests ?? []) {
    for (const request of [exactly, ...(firstAvailable ?? [])]) if (request) requestDefaults(request);
  }
}

function requestDefaults(request: ExactRequest): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
  for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal';
}

/** Mirrors pkg/registry/resource/resourceclaim/strategy.go. */
export const ResourceClaim = defineKind<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  scope: 'Namespaced',
  subresources: ['status'],
  hasGeneration: false,
  prepareCreate(draft) {
    draft.status = {};
  },
  defaults: (draft) => claimDefaults((draft.spec ??= {})),
  validateCreate: validateClaim,
  validateUpdate: validateClaimStep,
  validateStatus: validateClaimStatus,
  columns: [NAME, { name: 'State', type: 'string', value: stateText }, AGE],
});

/** Mirrors pkg/registry/resource/resourceclaimtemplate/strategy.go. */
export const ResourceClaimTemplate = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  scope: 'Namespaced',
  defaults(draft) {
    const spec = (draft.spec ??= { spec: {} });
    claimDefaults((spec.spec ??= {}));
  },
  validateCreate: validateClaimTemplate,
  validateUpdate: validateClaimTemplateStep,
  columns: [NAME, AGE],
});

/** Mirrors resourceClaimState of the printers. */
function stateText(claim: ResourceClaim): string {
  const states = isBeingDeleted(claim) ? ['deleted'] : [];
  if (!claim.status?.allocation) return (isBeingDeleted(claim) ? states : [...states, 'pending']).join(',');
  states.push('allocated');
  if (claim.status.reservedFor?.length) states.push('reserved');
  return states.join(',');
}
