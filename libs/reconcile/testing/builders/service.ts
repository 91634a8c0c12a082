import type { ServicePort, ServiceSpec, ServiceStatus } from 'kubernetes-types/core/v1';
import { Service } from '#lib/api/core/service';
import { build, withoutUndefined, type Common } from './object';

/** What a test says of a service. */
export interface ServiceOptions extends Common {
  /** Default `{ app: 'web' }`; null for a service without selector. */
  readonly selects?: Record<string, string> | null;
  /** Default: port 80 to 8080. */
  readonly ports?: ServicePort[];
  /** Default 10.96.0.10; `None` for a headless one. */
  readonly clusterIP?: string;
  readonly spec?: Partial<ServiceSpec>;
  readonly status?: Partial<ServiceStatus>;
}

/** A ClusterIP service `web` that selects `app=web`. */
export function aService(options: ServiceOptions = {}): Service {
  const clusterIP = options.clusterIP ?? '10.96.0.10';
  const spec = withoutUndefined<ServiceSpec>({
    type: 'ClusterIP',
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    selector: options.selects === null ? undefined : (options.selects ?? { app: 'web' }),
    ports: options.ports ?? [{ port: 80, targetPort: 8080, protocol: 'TCP' }],
    ...options.spec,
  });
  return build(Service, options, { spec, status: { loadBalancer: {}, ...options.status } });
}
