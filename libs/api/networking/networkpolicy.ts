import type { NetworkPolicy as WireNetworkPolicy } from 'kubernetes-types/networking/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
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

  columns: [NAME, { name: 'Pod-Selector', type: 'string', value: ({ spec }) => printLabelSelector(spec.podSelector) }, AGE],
});
