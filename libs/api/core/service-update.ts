import type { ServiceSpec } from 'kubernetes-types/core/v1';
import { sameValue } from '#lib/api/equality';
import { needsClusterIP, needsHealthCheckPort, needsNodePort } from './service-defaults';

/**
 * What an update did not mention but was given to the Service before: `kubectl replace` of the original manifest must not
 * lose its address. Mirrors patchAllocatedValues.
 */
export function keepAllocated(spec: ServiceSpec, previous: ServiceSpec): void {
  if (needsClusterIP(previous) && needsClusterIP(withType(spec))) {
    if (!spec.clusterIP && !spec.clusterIPs?.length && previous.clusterIP) spec.clusterIP = previous.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === previous.clusterIP && previous.clusterIPs)
      spec.clusterIPs = [...previous.clusterIPs];
  }
  if (needsNodePort(previous) && needsNodePort(spec)) keepNodePorts(spec, previous);
  if (needsHealthCheckPort(previous) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort && previous.healthCheckNodePort) {
    spec.healthCheckNodePort = previous.healthCheckNodePort;
  }
}

/** Defaults come later in the pipeline. */
const withType = (spec: ServiceSpec): ServiceSpec => ({ ...spec, type: spec.type || 'ClusterIP' });

/** Ports are known by their name, whatever else of them changed. */
function keepNodePorts(spec: ServiceSpec, previous: ServiceSpec): void {
  const before = new Map((previous.ports ?? []).map((port) => [port.name ?? '', port.nodePort]));
  const asked = new Set((spec.ports ?? []).map((port) => port.nodePort).filter(Boolean));
  for (const port of spec.ports ?? []) {
    const known = before.get(port.name ?? '');
    if (!port.nodePort && known && !asked.has(known)) port.nodePort = known;
  }
}

/** `clusterIP` and `clusterIPs[0]` say the same; the one that the client changed wins. Mirrors normalizeClusterIPs. */
export function mirrorClusterIP(spec: ServiceSpec, previous?: ServiceSpec): void {
  const singular = spec.clusterIP ?? '';
  const plural = spec.clusterIPs ?? [];
  if (!previous) {
    if (singular !== '' && plural.length === 0) spec.clusterIPs = [singular];
    return;
  }
  const samePlural = sameValue(plural, previous.clusterIPs ?? []);
  const sameSingular = singular === (previous.clusterIP ?? '');
  if (!sameSingular && samePlural) {
    if (singular === '') delete spec.clusterIPs;
    else spec.clusterIPs = [singular];
  } else if (sameSingular && !samePlural && plural.length === 0) {
    delete spec.clusterIP;
  } else if (singular !== '' && plural.length === 0) spec.clusterIPs = [singular];
}

/**
 * What the old type needed and the new one does not is dropped, unless the client changed it in the same breath. Mirrors
 * dropTypeDependentFields.
 */
export function dropUnneeded(spec: ServiceSpec, previous: ServiceSpec): void {
  const now = withType(spec);
  const dropIfSame = (field: keyof ServiceSpec): void => {
    if (sameValue(spec[field], previous[field])) delete spec[field];
  };
  if (needsClusterIP(previous) && !needsClusterIP(now)) {
    if (sameValue(spec.clusterIPs ?? [], previous.clusterIPs ?? [])) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    dropIfSame('ipFamilies');
    dropIfSame('ipFamilyPolicy');
    dropIfSame('internalTrafficPolicy');
  }
  if (needsNodePort(previous) && !needsNodePort(now) && sameValue(nodePorts(spec), nodePorts(previous))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsNodePort(previous) && !needsNodePort(now)) dropIfSame('externalTrafficPolicy');
  if (needsHealthCheckPort(previous) && !needsHealthCheckPort(now)) dropIfSame('healthCheckNodePort');
  if (previous.type === 'LoadBalancer' && now.type !== 'LoadBalancer') {
    dropIfSame('loadBalancerClass');
    dropIfSame('allocateLoadBalancerNodePorts');
  }
}

const nodePorts = (spec: ServiceSpec): number[] => (spec.ports ?? []).map((port) => port.nodePort ?? 0);
