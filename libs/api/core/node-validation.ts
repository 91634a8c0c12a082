import type { NodeConfigSource, Taint } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { isValidCIDR, parseCIDR } from '#lib/api/validation/ip';
import { validateLabelName } from '#lib/api/validation/labels';
import { isConfigMapKey, isDNS1123Label, isDNS1123Subdomain, isValidLabelValue } from '#lib/api/validation/names';
import type { Node } from '#lib/api/core/node';
import { obey } from '#lib/api/core/pod/pod-validation-rules';
import { validateQuantity } from '#lib/api/core/pod/pod-validation-resources';
import { validateTaintEffect } from '#lib/api/core/pod/pod-validation-scheduling';

/** A node by itself, but its metadata. The path of taints is upstream's. Mirrors ValidateNode. */
export function validateNode({ spec, status }: Node): FieldError[] {
  return [
    ...validateTaints(spec?.taints ?? [], 'metadata.taints'),
    ...validateAmounts(status?.capacity, 'status.capacity'),
    ...validateAmounts(status?.allocatable, 'status.allocatable'),
    ...validatePodCIDRs(spec?.podCIDRs ?? [], 'spec.podCIDRs'),
  ];
}

/** What may change in a node. Also holds for its status. Mirrors ValidateNodeUpdate. */
export function validateNodeUpdate(node: Node, previous: Node): FieldError[] {
  const { spec = {}, status } = node;
  const { podCIDRs: before = [], providerID, externalID } = previous.spec ?? {};
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, address] of (status?.addresses ?? []).entries()) {
    const key = `${address.type} ${address.address}`;
    if (seen.has(key)) errors.push(duplicate(`status.addresses[${i}]`, address));
    seen.add(key);
  }
  const { podCIDRs = [] } = spec;
  if (before.length > 0 && (before.length !== podCIDRs.length || before.some((cidr, i) => cidr !== podCIDRs[i]))) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (providerID && providerID !== spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  if (spec.configSource) errors.push(...validateConfigSource(spec.configSource, 'spec.configSource'));
  if ((spec.externalID ?? '') !== (externalID ?? '')) errors.push(forbidden('spec.externalID', 'may not be updated'));
  return errors;
}

/** Writes to `/status`: the node's amounts and the step. */
export const validateNodeStatus = (node: Node, previous: Node): FieldError[] => [
  ...validateAmounts(node.status?.capacity, 'status.capacity'),
  ...validateAmounts(node.status?.allocatable, 'status.allocatable'),
  ...validateNodeUpdate(node, previous),
];

/** Mirrors validateNodeTaints. */
function validateTaints(taints: readonly Taint[], field: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const path = `${field}[${i}]`;
    const { key = '', value = '', effect = '' } = taint;
    const problems = isValidLabelValue(value);
    const errors = [
      ...validateLabelName(key, `${path}.key`),
      ...(problems.length > 0 ? [invalid(`${path}.value`, value, problems.join(';'))] : []),
      ...(effect === '' ? [required(`${path}.effect`)] : validateTaintEffect(effect, `${path}.effect`)),
    ];
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) errors.push({ ...duplicate(path, taint), detail: 'taints must be unique by key and effect pair' });
    seen.add(pair);
    return errors;
  });
}

const validateAmounts = (list: Readonly<Record<string, string>> | undefined, field: string): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, amount]) => validateQuantity(name, amount, `${field}.${name}`));

function validatePodCIDRs(cidrs: readonly string[], field: string): FieldError[] {
  const errors = cidrs.flatMap((cidr, i) => obey(`${field}[${i}]`, cidr, isValidCIDR));
  const families = new Set(cidrs.map((cidr) => parseCIDR(cidr)?.family));
  if (cidrs.length > 1 && families.size !== cidrs.length)
    errors.push(invalid(field, cidrs, 'may specify no more than one CIDR for each IP family'));
  for (const [i, cidr] of cidrs.entries()) if (cidrs.indexOf(cidr) < i) errors.push(duplicate(`${field}[${i}]`, cidr));
  return errors;
}

/** Kept although the kubelet no longer reads it. Mirrors validateNodeConfigSourceSpec. */
function validateConfigSource(source: NodeConfigSource, field: string): FieldError[] {
  const { configMap } = source;
  if (!configMap) return [invalid(field, source, 'exactly one reference subfield must be non-nil')];
  const path = `${field}.configMap`;
  const errors: FieldError[] = [];
  for (const name of ['uid', 'resourceVersion'] as const) {
    if (configMap[name]) errors.push(forbidden(`${path}.${name}`, `${name} must not be set in spec`));
  }
  const grammars = [
    ['namespace', isDNS1123Label],
    ['name', isDNS1123Subdomain],
    ['kubeletConfigKey', isConfigMapKey],
  ] as const;
  for (const [name, grammar] of grammars) {
    const value = configMap[name];
    errors.push(...(value ? obey(`${path}.${name}`, value, grammar) : [required(`${path}.${name}`, `${name} must be set`)]));
  }
  return errors;
}
