import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { contains, isValidCIDR, parseCIDR } from '#lib/api/validation/ip';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { isValidPortName, isValidPortNum } from '#lib/api/validation/names';
import { obeys, unsupported } from '#lib/api/validation/rules';
import type { NetworkPolicy } from './networkpolicy';

const TYPES = ['Ingress', 'Egress'];

/** Mirrors ValidateNetworkPolicySpec. */
export function validateNetworkPolicy({ spec }: NetworkPolicy): FieldError[] {
  const rule = (
    { ports = [], peers = [] }: { ports?: NetworkPolicyPort[]; peers?: NetworkPolicyPeer[] },
    field: string,
    name: string,
  ): FieldError[] => [
    ...ports.flatMap((port, i) => validatePort(port, `${field}.ports[${i}]`)),
    ...peers.flatMap((peer, i) => validatePeer(peer, `${field}.${name}[${i}]`)),
  ];
  const errors = [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap(({ ports, from }, i) => rule({ ports, peers: from }, `spec.ingress[${i}]`, 'from')),
    ...(spec.egress ?? []).flatMap(({ ports, to }, i) => rule({ ports, peers: to }, `spec.egress[${i}]`, 'to')),
  ];
  const types = spec.policyTypes ?? [];
  if (types.length > 2) return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  return [...errors, ...types.flatMap((type, i) => (TYPES.includes(type) ? [] : [unsupported(`spec.policyTypes[${i}]`, type, TYPES)]))];
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, field: string): FieldError[] {
  const protocols = ['TCP', 'UDP', 'SCTP'];
  const errors = protocol === undefined || protocols.includes(protocol) ? [] : [unsupported(`${field}.protocol`, protocol, protocols)];
  const end = `${field}.endPort`;
  if (port === undefined)
    return endPort === undefined ? errors : [...errors, invalid(end, endPort, 'may not be specified when `port` is not specified')];
  if (typeof port === 'string') {
    if (endPort !== undefined) errors.push(invalid(end, endPort, 'may not be specified when `port` is non-numeric'));
    return [...errors, ...obeys(`${field}.port`, port, isValidPortName)];
  }
  errors.push(...isValidPortNum(port).map((text) => invalid(`${field}.port`, port, text)));
  if (endPort === undefined) return errors;
  if (endPort < port) errors.push(invalid(end, port, 'must be greater than or equal to `port`'));
  return [...errors, ...isValidPortNum(endPort).map((text) => invalid(end, endPort, text))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, field: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, `${field}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${field}.ipBlock`) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(field, 'must specify a peer')];
  return ipBlock && (podSelector || namespaceSelector)
    ? [...errors, forbidden(field, 'may not specify both ipBlock and another peer')]
    : errors;
}

function validateBlock({ cidr, except = [] }: IPBlock, field: string): FieldError[] {
  if (!cidr) return [required(`${field}.cidr`)];
  const whole = parseCIDR(cidr);
  if (!whole) return obeys(`${field}.cidr`, cidr, isValidCIDR);
  return except.flatMap((text, i) => {
    const part = parseCIDR(text);
    if (!part) return obeys(`${field}.except[${i}]`, text, isValidCIDR);
    const isInside =
      part.family === whole.family && contains(whole, { family: part.family, value: part.base, text }) && whole.length < part.length;
    return isInside ? [] : [invalid(`${field}.except[${i}]`, text, 'must be a strict subset of `cidr`')];
  });
}
