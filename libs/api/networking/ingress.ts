import type { Ingress as WireIngress, IngressRule } from 'kubernetes-types/networking/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { ingressWarnings, validateIngress, validateIngressStatus, validateNewIngress } from './ingress-validation';

/** Which service answers for which host and path. */
export type Ingress = Stored<WireIngress>;

/** Mirrors pkg/registry/networking/ingress/strategy.go and ValidateIngress. */
export const Ingress = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  scope: 'Namespaced',
  subresources: ['status'],

  prepareCreate(draft) {
    draft.status = { loadBalancer: {} };
  },
  defaults(draft) {
    draft.spec ??= {};
  },

  validate: validateIngress,
  validateCreate: validateNewIngress,
  validateStatus: validateIngressStatus,
  warnings: ingressWarnings,

  columns: [
    NAME,
    { name: 'Class', type: 'string', value: ({ spec }) => spec.ingressClassName ?? '<none>' },
    { name: 'Hosts', type: 'string', value: ({ spec }) => printHosts(spec.rules ?? []) },
    { name: 'Address', type: 'string', value: addressesOf },
    { name: 'Ports', type: 'string', value: ({ spec }) => (spec.tls?.length ? '80, 443' : '80') },
    AGE,
  ],
});

/** Three hosts, and how many rules there are besides. Mirrors formatHosts, which skips rules without a host only while there is room. */
function printHosts(rules: readonly IngressRule[]): string {
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === 3) more = true;
    if (!more && host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',');
}

function addressesOf({ status }: Ingress): string {
  const addresses = (status?.loadBalancer?.ingress ?? [])
    .map(({ ip, hostname }) => ip || hostname || '')
    .filter((address) => address !== '');
  return [...new Set(addresses)].sort().join(',');
}
