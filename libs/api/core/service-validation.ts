import type { Service as WireService, ServicePort } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import type { Stored } from '#lib/api/meta';
import { isNonSpecialIP, isValidCIDR, isValidIP } from '#lib/api/validation/ip';
import { validateLabels } from '#lib/api/validation/labels';
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortName, isValidPortNum } from '#lib/api/validation/names';
import { obeys, oneOf, PROTOCOLS, unsupported } from '#lib/api/validation/rules';
import { validateClusterIPs, validateExternalNameAddresses } from './service-addresses';
import { isExternallyAccessible, isHeadless, needsHealthCheckPort } from './service-defaults';

type Service = Stored<WireService>;
type Spec = Service['spec'];

const KUBELET_PORT = 10250;
const ONE_DAY = 86_400;
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

/** Mirrors ValidateService; what allocation has yet to fill in is not missed here. */
export function validateService(service: Service): FieldError[] {
  const { spec } = service;
  const ports = spec.ports ?? [];
  const missing = ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName';
  return [
    ...(missing ? [required('spec.ports')] : []),
    ...validateByType(spec),
    ...validatePorts(spec),
    ...(spec.selector ? validateLabels(spec.selector, 'spec.selector') : []),
    ...validateAffinity(spec),
    ...validateClusterIPs(service),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => {
      const errors = obeys(`spec.externalIPs[${i}]`, ip, isValidIP);
      return errors.length > 0 ? errors : obeys(`spec.externalIPs[${i}]`, ip, isNonSpecialIP);
    }),
    ...oneOf('spec.type', spec.type, TYPES),
    ...validateLoadBalancer(spec),
    ...validateTraffic(spec),
  ];
}

function validateByType(spec: Spec): FieldError[] {
  switch (spec.type) {
    case 'LoadBalancer': {
      const message = `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`;
      const kubelet = (spec.ports ?? []).flatMap(({ port }, i) =>
        port === KUBELET_PORT ? [invalid(`spec.ports[${i}]`, port, message)] : [],
      );
      return [...kubelet, ...notHeadless(spec)];
    }
    case 'NodePort':
      return notHeadless(spec);
    case 'ExternalName': {
      const name = (spec.externalName ?? '').replace(/\.$/, '');
      const nameErrors = name === '' ? [required('spec.externalName')] : obeys('spec.externalName', name, isDNS1123Subdomain);
      return [...validateExternalNameAddresses(spec), ...nameErrors];
    }
    default:
      return [];
  }
}

const notHeadless = (spec: Spec): FieldError[] =>
  isHeadless(spec) ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)] : [];

function validatePorts(spec: Spec): FieldError[] {
  const ports = spec.ports ?? [];
  const seen = { names: new Set<string>(), nodePorts: new Set<string>(), ports: new Set<string>() };
  const isNew = (set: Set<string>, key: string): boolean => !set.has(key) && Boolean(set.add(key));
  const errors = ports.flatMap((port, i) => validatePort(port, ports.length > 1, seen.names, `spec.ports[${i}]`));
  for (const [i, { nodePort, protocol, port }] of ports.entries()) {
    const field = `spec.ports[${i}]`;
    if (nodePort && spec.type === 'ClusterIP') errors.push(forbidden(`${field}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    if (nodePort && !isNew(seen.nodePorts, `${protocol}:${nodePort}`)) errors.push(duplicate(`${field}.nodePort`, nodePort));
    if (!isNew(seen.ports, `${protocol}:${port}`)) errors.push(duplicate(field, { protocol, port, targetPort: 0 }));
  }
  return errors;
}

function validatePort(port: ServicePort, needsName: boolean, names: Set<string>, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (port.name) {
    errors.push(...obeys(`${field}.name`, port.name, isDNS1123Label));
    if (names.has(port.name)) errors.push(duplicate(`${field}.name`, port.name));
    names.add(port.name);
  } else if (needsName) errors.push(required(`${field}.name`));
  for (const message of isValidPortNum(port.port ?? 0)) errors.push(invalid(`${field}.port`, port.port ?? 0, message));
  errors.push(...oneOf(`${field}.protocol`, port.protocol, PROTOCOLS));
  const target = port.targetPort ?? 0;
  const complaints = typeof target === 'number' ? isValidPortNum(target) : isValidPortName(target);
  for (const message of complaints) errors.push(invalid(`${field}.targetPort`, target, message));
  if (port.appProtocol !== undefined) errors.push(...obeys(`${field}.appProtocol`, port.appProtocol, isQualifiedName));
  return errors;
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: Spec): FieldError[] {
  const errors = oneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']);
  const field = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && sessionAffinityConfig)
    return [...errors, forbidden(field, 'must not be set when session affinity is None')];
  if (sessionAffinity !== 'ClientIP') return errors;
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout === undefined) errors.push(required(`${field}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP'));
  else if (timeout <= 0 || timeout > ONE_DAY) {
    errors.push(invalid(`${field}.clientIP.timeoutSeconds`, timeout, `must be greater than 0 and less than ${ONE_DAY}`));
  }
  return errors;
}

function validateLoadBalancer(spec: Spec): FieldError[] {
  const onlyThere = "may only be used when `type` is 'LoadBalancer'";
  const isBalancer = spec.type === 'LoadBalancer';
  const errors: FieldError[] = [];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && !isBalancer) errors.push(forbidden('spec.LoadBalancerSourceRanges', onlyThere));
  for (const [i, range] of ranges.entries()) errors.push(...obeys(`spec.LoadBalancerSourceRanges[${i}]`, range.trim(), isValidCIDR));
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalancer)
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', onlyThere));
  if (spec.loadBalancerClass !== undefined) {
    errors.push(
      ...(isBalancer
        ? obeys('spec.loadBalancerClass', spec.loadBalancerClass, isQualifiedName)
        : [forbidden('spec.loadBalancerClass', onlyThere)]),
    );
  }
  return errors;
}

function validateTraffic(spec: Spec): FieldError[] {
  const { externalTrafficPolicy, internalTrafficPolicy, trafficDistribution, healthCheckNodePort = 0 } = spec;
  const errors: FieldError[] = [];
  if (isExternallyAccessible(spec)) errors.push(...oneOf('spec.externalTrafficPolicy', externalTrafficPolicy, ['Cluster', 'Local']));
  else if (externalTrafficPolicy) {
    errors.push(invalid('spec.externalTrafficPolicy', externalTrafficPolicy, 'may only be set for externally-accessible services'));
  }
  if (healthCheckNodePort !== 0 && !needsHealthCheckPort(spec)) {
    const where = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', healthCheckNodePort, where));
  }
  if (internalTrafficPolicy !== undefined) errors.push(...oneOf('spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local']));
  const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(unsupported('spec.trafficDistribution', trafficDistribution, distributions));
  }
  return errors;
}

/** Mirrors ValidateLoadBalancerStatus. */
export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const field = 'status.loadBalancer.ingress';
  const ingress = status.loadBalancer?.ingress ?? [];
  if (ingress.length > 0 && spec.type !== 'LoadBalancer') return [forbidden(field, 'may only be used when `spec.type` is "LoadBalancer"')];
  return ingress.flatMap(({ ip, hostname, ipMode }, i) => [
    ...(ip ? obeys(`${field}[${i}].ip`, ip, isValidIP) : []),
    ...(ip && ipMode === undefined ? [required(`${field}[${i}].ipMode`, 'must be specified when `ip` is set')] : []),
    ...(ipMode === undefined || ipMode === 'VIP' || ipMode === 'Proxy'
      ? []
      : [unsupported(`${field}[${i}].ipMode`, ipMode, ['Proxy', 'VIP'])]),
    ...(hostname ? obeys(`${field}[${i}].hostname`, hostname, isHostname) : []),
  ]);
}

const isHostname = (name: string): string[] => [
  ...isDNS1123Subdomain(name),
  ...(isValidIP(name).length === 0 ? ['must be a DNS name, not an IP address'] : []),
];
