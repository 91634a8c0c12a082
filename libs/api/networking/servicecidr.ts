import type { Condition } from 'kubernetes-types/meta/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { parseCIDR, type Block } from '#lib/api/validation/ip';
import { validateServiceCIDR, validateServiceCIDRStep } from './address-validation';

/** A range that cluster IPs are taken from. */
export interface ServiceCIDR extends KubeObject {
  spec: { cidrs?: string[] };
  status: { conditions?: Condition[] };
}

/** Mirrors pkg/registry/networking/servicecidr/strategy.go. */
export const ServiceCIDR = defineKind<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  scope: 'Cluster',
  subresources: ['status'],
  hasGeneration: false,
  prepareCreate(draft) {
    draft.status = {};
  },
  defaults(draft) {
    draft.spec ??= {};
  },
  validate: validateServiceCIDR,
  validateUpdate: validateServiceCIDRStep,
  columns: [NAME, { name: 'CIDRs', type: 'string', value: ({ spec }) => (spec.cidrs ?? []).join(',') }, AGE],
});

/**
 * The IPv4 blocks that addresses are taken from: those of ranges that are ready and stay. Who said nothing yet is ready. Mirrors
 * MetaAllocator.
 */
export const openBlocks = (ranges: readonly ServiceCIDR[]): Block[] =>
  ranges
    .filter((range) => range.metadata.deletionTimestamp === undefined && isReady(range))
    .flatMap(blocksOf)
    .filter(({ family }) => family === 'IPv4');

/** The blocks of a range. */
export const blocksOf = ({ spec }: ServiceCIDR): Block[] => (spec.cidrs ?? []).flatMap((cidr) => parseCIDR(cidr) ?? []);

const isReady = ({ status }: ServiceCIDR): boolean =>
  (status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'True') === 'True';
