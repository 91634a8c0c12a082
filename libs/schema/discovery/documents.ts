import type { AnyKind } from '#lib/api/kind';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { discoveredGroups, type DiscoveredGroup, type DiscoveredResource, type ResponseKind } from './resources';

/** The groups that are served: what is made of them is kept as long as they are. */
type Served = readonly DiscoveredGroup[];

/** metav1.APIGroup */
export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
  readonly preferredVersion: { readonly groupVersion: string; readonly version: string };
}

/** A document that is made once, with a hash of its content for ETag headers (without quotes). */
export interface CachedDocument {
  readonly body: Buffer;
  readonly etag: string;
  /** The body for clients that accept gzip; compressed when first asked for. */
  readonly gzipped: Buffer;
}

/** `GET /api`. `host` is the address that the client used. */
export const legacyVersions = (host: string): object => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
});

/** `GET /apis`: every group but the core one. */
export const groupListDiscovery = (served: Served = discoveredGroups()): { kind: string; apiVersion: string; groups: ApiGroup[] } => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: named(served).map(apiGroup),
});

/** `GET /apis/<group>`; undefined when there is no such group. */
export function groupDiscovery(name: string, served: Served = discoveredGroups()): object | undefined {
  const group = named(served).find((each) => each.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) };
}

/**
 * `GET /api/v1` (group '') or `/apis/<group>/<version>`: an APIResourceList; undefined when nothing is served there, or by another server.
 */
export function resourceListDiscovery(group: string, version: string, served: Served = discoveredGroups()): object | undefined {
  const found = served.find((each) => each.name === group)?.versions.find((each) => each.version === version);
  if (!found || found.remote) return undefined;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return {
    kind: 'APIResourceList',
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion,
    resources: found.resources.flatMap(apiResources),
  };
}

const aggregated = new WeakMap<Served, Map<string, CachedDocument>>();

/** `GET /api` and `GET /apis` for clients that take all of discovery at once (apidiscovery.k8s.io v2 or v2beta1). */
export function aggregatedDiscovery(root: 'api' | 'apis', version: 'v2' | 'v2beta1', served: Served = discoveredGroups()): CachedDocument {
  const key = `${root}/${version}`;
  let known = aggregated.get(served);
  if (!known) aggregated.set(served, (known = new Map()));
  let document = known.get(key);
  if (!document) {
    const groups = root === 'api' ? served.filter((group) => group.name === '') : named(served);
    const list = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map(groupDiscoveryItem),
    };
    document = documentOf(JSON.stringify(list));
    known.set(key, document);
  }
  return document;
}

/** Version of the Kubernetes API that is spoken; clients warn when they differ by more than one minor. */
const KUBERNETES = { major: '1', minor: '36' };

/** `GET /version` */
export const versionInfo = (): Record<string, string> => ({
  ...KUBERNETES,
  emulationMajor: KUBERNETES.major,
  emulationMinor: KUBERNETES.minor,
  minCompatibilityMajor: KUBERNETES.major,
  minCompatibilityMinor: '35',
  gitVersion: `v${KUBERNETES.major}.${KUBERNETES.minor}.0+decklog`,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: `node${process.version}`,
  compiler: 'tsc',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
});

/** A document and the hash of its content. */
export function documentOf(content: string | Buffer): CachedDocument {
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  let gzipped: Buffer | undefined;
  return {
    body,
    etag: createHash('sha512').update(body).digest('hex').toUpperCase(),
    get gzipped() {
      return (gzipped ??= gzipSync(body));
    },
  };
}

const named = (served: Served): Served => served.filter((group) => group.name !== '');

function apiGroup({ name, versions }: DiscoveredGroup): ApiGroup {
  const listed = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0]! };
}

function apiResources(resource: DiscoveredResource): object[] {
  const { plural, singular, namespaced, responseKind, verbs, shortNames, categories, subresources } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: responseKind.kind,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(resource.served && !resource.served.view && { storageVersionHash: storageVersionHash(resource.served) }),
  };
  const others = subresources.map((sub) => ({
    name: `${plural}/${sub.name}`,
    singularName: '',
    namespaced,
    ...foreign(sub.responseKind, responseKind),
    kind: sub.responseKind.kind,
    verbs: sub.verbs,
  }));
  return [main, ...others];
}

/** Tells those who rewrite what is stored when its form has changed. Mirrors apiserver/pkg/endpoints/discovery/storageversionhash.go. */
const storageVersionHash = ({ apiVersion, kind, storedAs }: AnyKind): string =>
  createHash('sha256')
    .update(gvk(storedAs?.apiVersion ?? apiVersion, kind))
    .digest()
    .subarray(0, 8)
    .toString('base64');

const gvk = (apiVersion: string, kind: string): string => (apiVersion.includes('/') ? `${apiVersion}/${kind}` : `/${apiVersion}/${kind}`);

/** Group and version are only named where they are not those of the list. */
const foreign = (kind: ResponseKind, of: ResponseKind): object =>
  kind.group === of.group && kind.version === of.version ? {} : { group: kind.group, version: kind.version };

function groupDiscoveryItem({ name, versions }: DiscoveredGroup): object {
  return {
    metadata: name === '' ? {} : { name },
    versions: versions.map(({ version, resources, remote }) =>
      remote
        ? { version, resources: remote.resources, freshness: remote.freshness }
        : { version, resources: resources.map(resourceDiscoveryItem), freshness: 'Current' },
    ),
  };
}

function resourceDiscoveryItem(resource: DiscoveredResource): object {
  const { plural, singular, namespaced, responseKind, verbs, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((sub) => ({ subresource: sub.name, responseKind: sub.responseKind, verbs: sub.verbs })),
    }),
  };
}
