import type { Service as WireService } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { printLabels } from '#lib/api/validation/selectors';
import { cidrWarnings, ipWarnings } from '#lib/api/validation/ip-warnings';
import { validateClusterIPSteps } from './service-addresses';
import { clusterIPsOf, isHeadless, serviceDefaults } from './service-defaults';
import { dropUnneeded, keepAllocated, mirrorClusterIP } from './service-update';
import { validateService, validateServiceStatus } from './service-validation';

/** One name and address for many pods. Its cluster IP and node ports are handed out by service-allocation.ts. */
export type Service = Stored<WireService>;

/** Mirrors pkg/registry/core/service, pkg/apis/core/v1/defaults.go and ValidateService. */
export const Service = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  createsOnUpdate: true,
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  nameRule: 'service',
  hasGeneration: false,
  indexes: {
    /** Who has this cluster IP. */
    clusterIP: clusterIPsOf,
    /** Who has this port on every node, health check ports included. */
    nodePort: ({ spec }) => [...(spec.ports ?? []).map((port) => port.nodePort), spec.healthCheckNodePort].filter(Boolean).map(String),
  },

  prepareCreate(draft) {
    draft.status = { loadBalancer: {} };
    draft.spec ??= {};
    mirrorClusterIP(draft.spec);
  },

  prepareUpdate(draft, previous, { subresource }) {
    if (subresource === 'status') return;
    draft.spec ??= {};
    keepAllocated(draft.spec, previous.spec);
    mirrorClusterIP(draft.spec, previous.spec);
    dropUnneeded(draft.spec, previous.spec);
  },

  defaults: serviceDefaults,
  validate: validateService,
  validateUpdate: validateClusterIPSteps,
  validateStatus: validateServiceStatus,
  warnings: ({ metadata, spec }) => [...hintWarnings(metadata.annotations), ...warningsFor(spec), ...addressWarnings(spec)],

  selectableFields: { 'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '', 'spec.type': ({ spec }) => spec.type ?? '' },
  columns: [
    NAME,
    { name: 'Type', type: 'string', value: ({ spec }) => spec.type ?? '' },
    { name: 'Cluster-IP', type: 'string', value: ({ spec }) => spec.clusterIPs?.[0] ?? '<none>' },
    { name: 'External-IP', type: 'string', value: externalAddress },
    { name: 'Port(s)', type: 'string', value: ({ spec }) => printPorts(spec) },
    AGE,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => printLabels(spec.selector) },
  ],
});

/** Mirrors getServiceExternalIP. */
function externalAddress({ spec, status }: Service): string {
  const own = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return own.join(',') || '<none>';
    case 'LoadBalancer': {
      const given = (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter((address) => address !== '');
      return [...new Set(given)].sort().concat(own).join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function printPorts({ ports = [] }: Service['spec']): string {
  return ports.map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`).join(',') || '<none>';
}

/** Mirrors pkg/api/service/warnings.go. */
function warningsFor(spec: Service['spec']): string[] {
  const warnings: string[] = [];
  const ignored = (field: string, where: string): number => warnings.push(`spec.${field} is ignored ${where}`);
  if (isHeadless(spec)) {
    if (spec.loadBalancerIP) ignored('loadBalancerIP', 'for headless services');
    if (spec.externalIPs?.length) ignored('externalIPs', 'for headless services');
    if (spec.sessionAffinity && spec.sessionAffinity !== 'None') ignored('SessionAffinity', 'for headless services');
  }
  if (spec.type === 'ExternalName' && spec.externalIPs?.length) ignored('externalIPs', 'when spec.type is "ExternalName"');
  if (spec.type !== 'ExternalName' && spec.externalName) ignored('externalName', 'when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose') warnings.push('spec.trafficDistribution: PreferClose is deprecated, use PreferSameZone');
  return warnings;
}

const hintWarnings = (annotations: Readonly<Record<string, string>> = {}): string[] =>
  'service.kubernetes.io/topology-aware-hints' in annotations
    ? ['annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead']
    : [];

function addressWarnings(spec: Service['spec']): string[] {
  const each = (values: readonly string[] | undefined, field: string, check: typeof ipWarnings): string[] =>
    (values ?? []).flatMap((value, i) => check(value, `spec.${field}[${i}]`));
  return [
    ...(isHeadless(spec) ? [] : each(spec.clusterIPs, 'clusterIPs', ipWarnings)),
    ...each(spec.externalIPs, 'externalIPs', ipWarnings),
    ...(spec.loadBalancerIP ? ipWarnings(spec.loadBalancerIP, 'spec.loadBalancerIP') : []),
    ...each(spec.loadBalancerSourceRanges, 'loadBalancerSourceRanges', cidrWarnings),
  ];
}
