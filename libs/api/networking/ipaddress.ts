import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { validateIPAddress, validateIPAddressStep } from './address-validation';

/** Who an address belongs to; the address is the name. */
export interface IPAddress extends KubeObject {
  spec: { parentRef?: { group?: string; resource?: string; namespace?: string; name?: string } };
}

/** Mirrors pkg/registry/networking/ipaddress/strategy.go. */
export const IPAddress = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  scope: 'Cluster',
  nameRule: 'path',
  validate: validateIPAddress,
  validateUpdate: validateIPAddressStep,
  columns: [NAME, { name: 'ParentRef', type: 'string', value: parentText }, AGE],
});

/** `services/default/kubernetes`. */
function parentText({ spec }: IPAddress): string {
  if (!spec?.parentRef) return '<none>';
  const { group, resource = '', namespace = '', name = '' } = spec.parentRef;
  return `${(group ? `${resource}.${group}` : resource).toLowerCase()}/${namespace}/${name}`;
}
