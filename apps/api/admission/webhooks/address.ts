import { EndpointSlice } from '#lib/api/discovery/endpointslice';
import { Service } from '#lib/api/core/service';
import type { World } from '#lib/reconcile/world';
import type { WebhookClientConfig } from 'kubernetes-types/admissionregistration/v1';

/** Where a webhook is called. */
export interface Address {
  /** As it stands in error texts: with the name of the service, not with where it leads. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The name that its certificate must bear. */
  readonly serverName: string;
}

/** Why a service cannot be reached; the text is upstream's. */
export class Unreachable extends Error {
  constructor(
    readonly url: string,
    message: string,
  ) {
    super(message);
  }
}

const HTTPS = 443;

/** `draw` answers a number from 0 to below 1. @throws Unreachable when the service has nobody behind it. Mirrors ClientManager of apiserver/pkg/util/webhook. */
export function addressOf({ url, service }: WebhookClientConfig, world: World, draw: () => number): Address {
  if (!service) return addressOfUrl(url ?? '');
  const { namespace, name, port = HTTPS, path = '' } = service;
  const serverName = `${name}.${namespace}.svc`;
  const at = path === '' ? '/' : path.startsWith('/') ? path : `/${path}`;
  const asked = `https://${serverName}:${port}${at}`;
  const { host, port: actual } = endpointOf(world, namespace, name, port, asked, draw);
  return { url: asked, host, port: actual, path: at, serverName };
}

function addressOfUrl(text: string): Address {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { url: text, host, port: Number(url.port || HTTPS), path: `${url.pathname}${url.search}`, serverName: host };
}

/** Mirrors proxy.ResolveEndpoint of apiserver/pkg/util/proxy. */
function endpointOf(world: World, namespace: string, name: string, port: number, url: string, draw: () => number): { host: string; port: number } {
  const service = world.get(Service, namespace, name);
  if (!service) throw new Unreachable(url, `service ${JSON.stringify(name)} not found`);
  const { type, externalName, ports = [] } = service.spec;
  if (type === 'ExternalName') return { host: externalName ?? '', port };
  const served = ports.find((one) => one.port === port);
  if (!served) throw new Unreachable(url, `no service port ${port} found for service ${JSON.stringify(name)}`);
  const found = world.labelled(EndpointSlice, namespace, 'kubernetes.io/service-name', name).flatMap((slice) => {
    const to = slice.ports?.find((one) => (one.name ?? '') === (served.name ?? ''))?.port;
    const ready = slice.endpoints.filter(({ conditions }) => conditions?.ready !== false);
    return to === undefined ? [] : ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port: to })));
  });
  const chosen = found[Math.floor(draw() * found.length)];
  if (!chosen) throw new Unreachable(url, `no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}
