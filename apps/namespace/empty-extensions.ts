import { isAvailable, type APIService } from '#lib/api/apiregistration/apiservice';
import { askExtension, type ExtensionAnswer } from '#lib/client/extension';
import { frontProxyHere, type FrontProxy } from '#lib/pki/front-proxy';
import { endpointsOf } from '#lib/reconcile/service-endpoints';
import type { World } from '#lib/reconcile/world';
import type { LegacyResource } from '#lib/schema/discovery/remote';
import type { Extensions } from './conditions';

const TIMEOUT_MS = 5_000;

/** The account whose rights extension servers ask us about. */
const ASKER = {
  name: 'system:serviceaccount:kube-system:namespace-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

interface Found {
  readonly stale?: string;
  readonly errors: string[];
  readonly remaining: [resource: string, count: number][];
}

/** One way to an extension server. */
interface Way {
  readonly get: (path: string) => Promise<Record<string, unknown>>;
  readonly remove: (path: string) => Promise<unknown>;
}

/**
 * Asks extension servers which namespaced resources they have, to delete what the namespace holds of them, and what is left then. Never
 * rejects. Mirrors deleteAllContent of kubernetes/pkg/controller/namespace/deletion, which goes through the aggregator.
 */
export async function emptyExtensions(namespace: string, services: readonly APIService[], world: World): Promise<Extensions> {
  const found = await Promise.all(services.map((service) => empty(namespace, service, world)));
  const remaining: Record<string, number> = {};
  // versions of one group show the same
  for (const [resource, count] of found.flatMap((one) => one.remaining)) remaining[resource] = Math.max(count, remaining[resource] ?? 0);
  return { stale: found.flatMap(({ stale }) => stale ?? []), errors: found.flatMap(({ errors }) => errors), remaining };
}

async function empty(namespace: string, service: APIService, world: World): Promise<Found> {
  const version = `${service.spec.group}/${service.spec.version}`;
  const stale: Found = { stale: version, errors: [], remaining: [] };
  if (!isAvailable(service)) return stale;
  try {
    const way = wayTo(service, world, await frontProxyHere());
    const { resources = [] } = (await way.get(`/apis/${version}`)) as { resources?: LegacyResource[] };
    const found: Found = { errors: [], remaining: [] };
    for (const resource of resources)
      if (resource.namespaced && !resource.name.includes('/'))
        await emptyOf(resource, `/apis/${version}/namespaces/${namespace}/${resource.name}`, service, way, found);
    return found;
  } catch {
    return stale;
  }
}

/** Notes what is left, and why something cannot be deleted. */
async function emptyOf({ name, verbs }: LegacyResource, path: string, { spec }: APIService, way: Way, found: Found): Promise<void> {
  if (!verbs.includes('delete')) return;
  try {
    if (verbs.includes('deletecollection')) await way.remove(path);
    if (!verbs.includes('list')) return;
    if (!verbs.includes('deletecollection')) for (const one of await namesAt(path, way)) await way.remove(`${path}/${one}`);
    const left = await namesAt(path, way);
    if (left.length > 0) found.remaining.push([`${name}.${spec.group}`, left.length]);
  } catch (error) {
    found.errors.push((error as Error).message);
  }
}

async function namesAt(path: string, way: Way): Promise<string[]> {
  const { items = [] } = (await way.get(path)) as { items?: { metadata?: { name?: string } }[] };
  return items.flatMap(({ metadata }) => metadata?.name ?? []);
}

function wayTo(service: APIService, world: World, proxy: FrontProxy): Way {
  const { namespace = '', name = '', port = 443 } = service.spec.service ?? {};
  const [endpoint] = endpointsOf(world, namespace, name, port);
  const ask = async (method: 'GET' | 'DELETE', path: string): Promise<Record<string, unknown>> => {
    const answer = await askExtension(service, proxy, {
      ...(endpoint as { host: string; port: number }),
      path,
      method,
      user: ASKER,
      timeoutMs: TIMEOUT_MS,
    });
    const body = bodyOf(answer);
    if (answer.code < 200 || answer.code >= 300)
      throw new Error(typeof body['message'] === 'string' ? body['message'] : `${method} ${path}: ${answer.code}`);
    return body;
  };
  return { get: (path) => ask('GET', path), remove: (path) => ask('DELETE', path) };
}

function bodyOf({ body }: ExtensionAnswer): Record<string, unknown> {
  const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString());
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
