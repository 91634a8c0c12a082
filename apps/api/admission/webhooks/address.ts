import { endpointsOf, NoEndpoint, type ServiceEndpoint } from '#lib/reconcile/service-endpoints';
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

/**
 * `draw` answers a number from 0 to below 1. @throws Unreachable when the service has nobody behind it. Mirrors ClientManager of
 * apiserver/pkg/util/webhook.
 */
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

function endpointOf(world: World, namespace: string, name: string, port: number, url: string, draw: () => number): ServiceEndpoint {
  try {
    const found = endpointsOf(world, namespace, name, port);
    return found[Math.floor(draw() * found.length)] as ServiceEndpoint;
  } catch (error) {
    throw error instanceof NoEndpoint ? new Unreachable(url, error.message) : error;
  }
}
