import { priorityOf, type Priority } from '#lib/api/apiregistration/priorities';
import type { V2Part } from '#lib/schema/openapi/merge';
import { compareVersions, rankOf, type DiscoveredGroup, type DiscoveredVersion } from './resources';

/** What an extension server says of one version of a group. */
export interface RemoteVersion {
  /** Items of an APIVersionDiscovery of apidiscovery.k8s.io/v2; none while nothing is known. */
  readonly resources: readonly object[];
  /** Stale: it could not be asked. */
  readonly freshness: 'Current' | 'Stale';
  /** What tells one state of its OpenAPI v3 document from another; undefined when it has none. */
  readonly v3Hash?: string;
  /** Its part of OpenAPI v2. */
  readonly v2?: V2Part;
}

/** A version of a group that an extension server serves. */
export interface RemoteGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly priority: Priority;
  readonly remote: RemoteVersion;
}

/**
 * What is served here and elsewhere, in the order of priorities; a version that is served elsewhere takes the place of one here. Versions
 * of one priority stand in the usual order of versions. Mirrors SortedByGroupAndVersion of kube-aggregator.
 */
export function withRemotes(groups: readonly DiscoveredGroup[], remotes: readonly RemoteGroupVersion[]): readonly DiscoveredGroup[] {
  if (remotes.length === 0) return groups;
  const names = [...new Set(remotes.map(({ group }) => group))];
  const merged = names.map((name) =>
    mergedGroup(
      groups.find((group) => group.name === name) ?? { name, versions: [] },
      remotes.filter(({ group }) => group === name),
    ),
  );
  const all = [...groups.filter(({ name }) => !names.includes(name)), ...merged];
  const ranks = new Map(all.map((group) => [group.name, rankIn(group, remotes)]));
  const rank = ({ name }: DiscoveredGroup): number => ranks.get(name) ?? 0;
  return all.sort((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1));
}

/** The largest that anybody asks for the group. */
function rankIn({ name, versions }: DiscoveredGroup, remotes: readonly RemoteGroupVersion[]): number {
  const here = versions.some(({ remote }) => !remote) ? rankOf(name) : 0;
  return Math.max(here, ...remotes.filter(({ group }) => group === name).map(({ priority }) => priority.group));
}

function mergedGroup(group: DiscoveredGroup, remotes: readonly RemoteGroupVersion[]): DiscoveredGroup {
  const here = group.versions.filter(({ version }) => !remotes.some((remote) => remote.version === version));
  const ranked = [
    ...here.map((version) => ({ version, rank: priorityOf(group.name, version.version).version })),
    ...remotes.map(({ version, priority, remote }) => ({
      version: { version, resources: [], remote } satisfies DiscoveredVersion as DiscoveredVersion,
      rank: priority.version,
    })),
  ];
  ranked.sort((a, b) => b.rank - a.rank || compareVersions(a.version.version, b.version.version));
  return { name: group.name, versions: ranked.map(({ version }) => version) };
}

/**
 * An APIResourceList, as older servers have it, in the words of aggregated discovery. Mirrors ConvertGroupVersionIntoToDiscovery of
 * apiserver.
 */
export function discoveryOf(list: { readonly resources?: readonly LegacyResource[] }, group: string, version: string): object[] {
  const all = list.resources ?? [];
  const kindOf = ({ group: g, version: v, kind }: LegacyResource) => ({ group: g || group, version: v || version, kind });
  return all
    .filter(({ name }) => !name.includes('/'))
    .map((main) => {
      const parts = all.filter(({ name }) => name.startsWith(`${main.name}/`));
      return {
        resource: main.name,
        responseKind: kindOf(main),
        scope: main.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: main.singularName ?? '',
        verbs: main.verbs,
        ...(main.shortNames && { shortNames: main.shortNames }),
        ...(main.categories && { categories: main.categories }),
        ...(parts.length > 0 && {
          subresources: parts.map((part) => ({
            subresource: part.name.slice(main.name.length + 1),
            responseKind: kindOf(part),
            verbs: part.verbs,
          })),
        }),
      };
    });
}

/** One item of an APIResourceList. */
export interface LegacyResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced: boolean;
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}
