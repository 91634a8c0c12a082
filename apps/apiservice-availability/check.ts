import type { APIService } from '#lib/api/apiregistration/apiservice';
import { askExtension } from '#lib/client/extension';
import { frontProxyHere, type FrontProxy } from '#lib/pki/front-proxy';
import { endpointsOf, type ServiceEndpoint } from '#lib/reconcile/service-endpoints';
import type { World } from '#lib/reconcile/world';
import type { Checked } from './apiservice-availability.controller';

const TIMEOUT_MS = 5_000;

/** An identity with which it may always be asked. */
const ASKER = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/**
 * GETs /apis/<group>/<version> of the endpoints, five at most, until one answers, with the certificate from $DECKLOG_PKI_DIR (default
 * .decklog/pki). Whose certificate the other side shows is of no interest here: the words of a stranger change nothing but this.
 */
export async function check(service: APIService, world: World): Promise<Checked> {
  const { namespace = '', name = '', port = 443 } = service.spec.service ?? {};
  try {
    const found = endpointsOf(world, namespace, name, port);
    const shown = await frontProxyHere();
    await Promise.any(found.slice(0, 5).map((endpoint) => ask(service, shown, endpoint)));
    return {};
  } catch (error) {
    const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [error as Error];
    return { failure: first?.message ?? 'unknown' };
  }
}

async function ask(service: APIService, proxy: FrontProxy, { host, port }: ServiceEndpoint): Promise<void> {
  const path = `/apis/${service.spec.group}/${service.spec.version}`;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  const failed = (why: string): Error => new Error(`failing or missing response from ${url}: ${why}`);
  const answer = await askExtension(
    service,
    proxy,
    { host, port, path, user: ASKER, timeoutMs: TIMEOUT_MS },
    { rejectUnauthorized: false },
  ).catch((error: Error) => {
    throw failed(error.message);
  });
  if (answer.code < 200 || answer.code >= 300) throw failed(`bad status from ${url}: ${answer.code}`);
}
