import { isAvailable, type APIService } from '#lib/api/apiregistration/apiservice';
import { serverNameOf, tlsOf, type ProxyCertificate } from '#lib/client/extension';
import { endpointsOf, type ServiceEndpoint } from '#lib/reconcile/service-endpoints';
import type { World } from '#lib/reconcile/world';
import { Agent } from 'node:https';

/** The extension server behind one APIService, as it is now. */
export class Remote {
  readonly group: string;
  readonly version: string;
  readonly tls: ReturnType<typeof tlsOf>;
  private kept: Agent | undefined;

  constructor(
    readonly service: APIService,
    private readonly world: World,
    readonly certificate: ProxyCertificate,
  ) {
    this.group = service.spec.group ?? '';
    this.version = service.spec.version ?? '';
    this.tls = tlsOf(service, certificate);
  }

  /** Whether it was found to answer. */
  get isAvailable(): boolean {
    return isAvailable(this.service);
  }

  get serverName(): string {
    return serverNameOf(this.service);
  }

  /** One of its addresses, drawn by lot. @throws NoEndpoint */
  endpoint(): ServiceEndpoint {
    const { namespace = '', name = '', port = 443 } = this.service.spec.service ?? {};
    const found = endpointsOf(this.world, namespace, name, port);
    return found[Math.floor(Math.random() * found.length)] as ServiceEndpoint;
  }

  /** Connections are kept: a handshake costs more than a request. */
  get agent(): Agent {
    return (this.kept ??= new Agent({ keepAlive: true, maxFreeSockets: 32, timeout: 90_000, ...this.tls }));
  }

  /** Its connections go on with a later version of it that is reached the same way. */
  adopt(earlier: Remote): void {
    this.kept = earlier.kept;
    earlier.kept = undefined;
  }

  /** What is under way goes on; idle connections are closed. */
  retire(): void {
    const agent = this.kept;
    this.kept = undefined;
    for (const sockets of Object.values(agent?.freeSockets ?? {})) for (const socket of sockets ?? []) socket.destroy();
  }
}
