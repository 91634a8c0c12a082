import { Service } from '#lib/api/core/service';
import { allocateService } from '#lib/api/core/service-allocation';
import { belongsTo, IPAddress } from '#lib/api/networking/ipaddress';
import { openBlocks, ServiceCIDR } from '#lib/api/networking/servicecidr';
import type { View } from '../write/view';
import type { AdmissionPlugin } from './plugin';

/** Cluster IPs and node ports are handed out at the head of the log, where nobody else can take the same. */
export const serviceAllocation: AdmissionPlugin = {
  name: 'ServiceAllocation',
  settle(request, view) {
    if (request.kind !== Service || request.operation === 'DELETE' || request.subresource) return;
    const service = request.object as Service;
    const blocks = openBlocks(view.world.list(ServiceCIDR));
    service.spec = allocateService(service, request.previous as Service | undefined, takenByOthers(view, service), Math.random, blocks);
  },
};

/** Whoever wants an address for something else than a Service makes an IPAddress of that name. */
function takenByOthers(view: View, service: Service): { ip(ip: string): boolean; port(port: number): boolean } {
  const { uid } = service.metadata;
  const byAnother = (index: string, value: string): boolean =>
    view.indexed(Service, index, value).some((other) => other.metadata.uid !== uid);
  const isOfAnother = (address: IPAddress | undefined): boolean => address !== undefined && !belongsTo(address, service);
  return {
    ip: (ip) => byAnother('clusterIP', ip) || isOfAnother(view.get(IPAddress, '', ip)),
    port: (port) => byAnother('nodePort', String(port)),
  };
}
