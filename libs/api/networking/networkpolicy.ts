import type { NetworkPolicy as WireNetworkPolicy, NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { cidrWarnings } from '#lib/api/validation/ip-warnings';
import { printLabelSelector } from '#lib/api/validation/selectors';
import { validateNetworkPolicy } from './networkpolicy-validation';

/** Who may talk to some pods, and to whom they may. */
export type NetworkPolicy = Stored<WireNetworkPolicy>;

/** Mirrors pkg/registry/networking/networkpolicy/strategy.go, SetDefaults_NetworkPolicy and ValidateNetworkPolicy. */
export const NetworkPolicy = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  hasGeneration: true,

  defaults(draft) {
    const spec = (draft.spec ??= { podSelector: {} });
    spec.podSelector ??= {};
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
    const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
    for (const { ports = [] } of rules) for (const port of ports) port.protocol ??= 'TCP';
  },

  validate: validateNetworkPolicy,
  warnings: ({ spec }) => [
    ...(spec?.ingress ?? []).flatMap(({ from }, i) => peerWarnings(from, `spec.ingress[${i}].from`)),
    ...(spec?.egress ?? []).flatMap(({ to }, i) => peerWarnings(to, `spec.egress[${i}].to`)),
  ],

  columns: [NAME, { name: 'Pod-Selector', type: 'string', value: ({ spec }) => printLabelSelector(spec.podSelector) }, AGE],
});

/** Mirrors networkPolicyWarnings. */
const peerWarnings = (peers: readonly NetworkPolicyPeer[] | undefined, field: string): string[] =>
  (peers ?? []).flatMap(({ ipBlock }, i) => [
    ...(ipBlock ? cidrWarnings(ipBlock.cidr, `${field}[${i}].ipBlock.cidr`) : []),
    ...(ipBlock?.except ?? []).flatMap((except, j) => cidrWarnings(except, `${field}[${i}].ipBlock.except[${j}]`)),
  ]);
