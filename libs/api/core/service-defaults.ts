import type { Service as WireService, ServiceSpec } from 'kubernetes-types/core/v1';
import type { Stored } from '#lib/api/meta';

const THREE_HOURS = 10_800;

/** `clusterIP: None`: DNS names the pods themselves. */
export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';

/** The addresses that a Service has in the cluster: none when it is headless, or when there is no Service. */
export const clusterIPsOf = (service: { readonly spec: ServiceSpec } | undefined): string[] =>
  (service?.spec.clusterIPs ?? []).filter((ip) => ip !== 'None');

/** Everything but ExternalName stands in the cluster with addresses of its own. */
export const needsClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';

/** Types that open a port on every node. */
export const needsNodePort = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

/** Load balancers that keep the client's address ask every node whether it has pods. */
export const needsHealthCheckPort = (spec: ServiceSpec): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

/** Whether traffic from outside can arrive. */
export const isExternallyAccessible = (spec: ServiceSpec): boolean =>
  needsNodePort(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);

/** Mirrors SetDefaults_Service of pkg/apis/core/v1/defaults.go; the IP families are a matter of allocation. */
export function serviceDefaults(draft: Stored<WireService>): void {
  const spec = (draft.spec ??= {});
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? THREE_HOURS } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of draft.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}
