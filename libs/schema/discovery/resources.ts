import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { kinds } from '#lib/api/kinds';
import type { AnyKind, Subresource } from '#lib/api/kind';
import { priorityOf } from '#lib/api/apiregistration/priorities';
import { reviewKinds } from '#lib/api/reviews';
import type { RemoteVersion } from './remote';

/** A type as discovery names it. */
export interface ResponseKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A path below a resource, such as `status`. */
export interface DiscoveredSubresource {
  readonly name: Subresource;
  readonly responseKind: ResponseKind;
  readonly verbs: readonly string[];
}

/** One resource of an API group, stored or only asked. */
export interface DiscoveredResource {
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly responseKind: ResponseKind;
  /** Sorted. */
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Sorted by name. */
  readonly subresources: readonly DiscoveredSubresource[];
  /** Undefined for reviews. */
  readonly served: AnyKind | undefined;
}

/** What one version of a group serves. */
export interface DiscoveredVersion {
  readonly version: string;
  readonly resources: readonly DiscoveredResource[];
  /** Set when an extension server serves it; then `resources` is empty. */
  readonly remote?: RemoteVersion;
}

/** One API group. */
export interface DiscoveredGroup {
  /** '' for the core group. */
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly DiscoveredVersion[];
}

const CHANGE = ['get', 'patch', 'update'];

/** What a subresource speaks; without `kind` it is the kind that it belongs to. */
const SUBRESOURCES: Readonly<Record<Subresource, { readonly verbs: readonly string[]; readonly kind?: ResponseKind }>> = {
  status: { verbs: CHANGE },
  scale: { verbs: CHANGE, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
  binding: { verbs: ['create'], kind: { group: '', version: 'v1', kind: 'Binding' } },
  eviction: { verbs: ['create'], kind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
  finalize: { verbs: ['update'] },
  token: { verbs: ['create'], kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } },
  log: { verbs: ['get'] },
  ephemeralcontainers: { verbs: CHANGE },
  resize: { verbs: CHANGE },
  approval: { verbs: CHANGE },
};

let groups: readonly DiscoveredGroup[] | undefined;

/** Everything that is served, by group and version. What is built in is computed once, with custom kinds once for each change of them. */
export function discoveredGroups(custom?: CustomKinds): readonly DiscoveredGroup[] {
  groups ??= groupsOf([...kinds.map(ofKind), ...reviewKinds.map(ofReview)]);
  const served = custom?.isEmpty === false ? custom.served() : [];
  if (!custom || served.length === 0) return groups;
  let known = extended.get(custom);
  if (known?.revision !== custom.revision) {
    known = { revision: custom.revision, groups: merged(groups, groupsOf(served.map(ofKind))) };
    extended.set(custom, known);
  }
  return known.groups;
}

const extended = new WeakMap<CustomKinds, { readonly revision: number; readonly groups: readonly DiscoveredGroup[] }>();

/** Built-in groups stay the objects that they are, so that what was made from them is not made again. */
function merged(builtIn: readonly DiscoveredGroup[], custom: readonly DiscoveredGroup[]): readonly DiscoveredGroup[] {
  const names = new Set(custom.map(({ name }) => name));
  const shared = builtIn.filter(({ name }) => names.has(name));
  const resources = [...shared, ...custom].flatMap(({ versions }) => versions.flatMap((version) => version.resources));
  const others = builtIn.filter(({ name }) => !names.has(name));
  return [...others, ...groupsOf(resources)].sort(byRank);
}

function ofKind(kind: AnyKind): DiscoveredResource {
  const responseKind = { group: kind.group, version: kind.version, kind: kind.kind };
  return {
    plural: kind.plural,
    singular: kind.singular,
    namespaced: kind.namespaced,
    responseKind,
    verbs: [...kind.verbs].sort(),
    shortNames: kind.shortNames ?? [],
    categories: kind.categories ?? [],
    subresources: [...kind.subresources]
      .sort()
      .map((name) => ({ name, responseKind: SUBRESOURCES[name].kind ?? responseKind, verbs: SUBRESOURCES[name].verbs })),
    served: kind,
  };
}

function ofReview(review: (typeof reviewKinds)[number]): DiscoveredResource {
  const { group, version, kind, plural, scope, verbs } = review;
  return {
    plural,
    singular: kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    responseKind: { group, version, kind },
    verbs,
    shortNames: [],
    categories: [],
    subresources: [],
    served: undefined,
  };
}

function groupsOf(resources: readonly DiscoveredResource[]): DiscoveredGroup[] {
  const byGroup = grouped(resources, (resource) => resource.responseKind.group);
  return [...byGroup].map(([name, ofGroup]) => ({ name, versions: versionsOf(ofGroup) })).sort(byRank);
}

function versionsOf(resources: readonly DiscoveredResource[]): DiscoveredVersion[] {
  const byVersion = grouped(resources, (resource) => resource.responseKind.version);
  return [...byVersion]
    .map(([version, ofVersion]) => ({ version, resources: [...ofVersion].sort((a, b) => (a.plural < b.plural ? -1 : 1)) }))
    .sort((a, b) => compareVersions(a.version, b.version));
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Groups come in the order of their ranks, the largest first: where two have a resource of one name, clients take the first. */
export const rankOf = (group: string): number =>
  group === '' ? Number.MAX_SAFE_INTEGER : group === APIREGISTRATION ? AFTER_CORE : priorityOf(group, '').group;

/** Upstream names it before all others that have a name; priorities end at 20,000. */
const APIREGISTRATION = 'apiregistration.k8s.io';
const AFTER_CORE = 1_000_000;

const byRank = (a: DiscoveredGroup, b: DiscoveredGroup): number => rankOf(b.name) - rankOf(a.name) || (a.name < b.name ? -1 : 1);

/** v2 before v1 before v1beta2 before v1beta1. Mirrors version.CompareKubeAwareVersionStrings, newest first. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [versionKey(a), versionKey(b)];
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2];
}

function versionKey(version: string): [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [-1, 0, 0];
  const stability = match[2] === 'alpha' ? 0 : match[2] === 'beta' ? 1 : 2;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
