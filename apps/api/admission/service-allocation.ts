import { Service } from '#lib/api/core/service';
import { allocateService } from '#lib/api/core/service-allocation';
import type { View } from '../write/view';
import type { AdmissionPlugin } from './plugin';

/** Cluster IPs and node ports are handed out at the head of the log, where nobody else can take the same. */
export const serviceAllocation: AdmissionPlugin = {
  name: 'ServiceAllocation',
  settle(request, view) {
    if (request.kind !== Service || request.operation === 'DELETE' || request.subresource) return;
    const service = request.object as Service;
    service.spec = allocateService(service, request.previous as Service | undefined, takenByOthers(view, service), Math.random);
  },
};

function takenByOthers(view: View, { metadata: { uid } }: Service): { ip(ip: string): boolean; port(port: number): boolean } {
  const byAnother = (index: string, value: string): boolean => view.indexed(Service, index, value).some((other) => other.metadata.uid !== uid);
  return { ip: (ip) => byAnother('clusterIP', ip), port: (port) => byAnother('nodePort', String(port)) };
}
