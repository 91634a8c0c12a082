import { SERVICE_NAME } from '#lib/api/discovery/endpointslice';
import type { KubeObject } from '#lib/api/meta';
import { KUBERNETES_SERVICE_IP } from '#lib/pki/cluster-ca';
import { networkInterfaces } from 'node:os';

/** The address of this machine that others can reach; undefined when it has none but its own loopback. */
export function ownAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

/**
 * Service, Endpoints and EndpointSlice `default/kubernetes`; without endpoints when there is no address to give. Mirrors
 * pkg/controlplane/controller/kubernetesservice.
 */
export function kubernetesService({ ip, port }: { ip: string | undefined; port: number }): KubeObject[] {
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata, labels },
      spec: {
        type: 'ClusterIP',
        clusterIP: KUBERNETES_SERVICE_IP,
        clusterIPs: [KUBERNETES_SERVICE_IP],
        ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      ...(ip && { subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }] }),
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { [SERVICE_NAME]: 'kubernetes' } },
      addressType: 'IPv4',
      endpoints: ip ? [{ addresses: [ip], conditions: { ready: true } }] : [],
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    },
  ] as unknown as KubeObject[];
}
