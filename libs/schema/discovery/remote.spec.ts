import { aggregatedDiscovery, groupListDiscovery, resourceListDiscovery } from './documents';
import { discoveryOf, withRemotes, type RemoteGroupVersion } from './remote';
import { discoveredGroups } from './resources';
import { openapiV3Index } from '#lib/schema/openapi/documents';

const aRemote = (group: string, version: string, priority = { group: 2000, version: 15 }, more: object = {}): RemoteGroupVersion => ({
  group,
  version,
  priority,
  remote: { resources: [{ resource: 'boats' }], freshness: 'Current', ...more },
});
const here = discoveredGroups();
const names = (remotes: RemoteGroupVersion[]): string[] => groupListDiscovery(withRemotes(here, remotes)).groups.map(({ name }) => name);

describe('what extension servers serve', () => {
  test('changes nothing while there are none', () => {
    expect(withRemotes(here, [])).toBe(here);
  });

  test('stands where its priority puts it', () => {
    const order = names([
      aRemote('first.io', 'v1', { group: 20_000, version: 1 }),
      aRemote('middle.io', 'v1'),
      aRemote('last.io', 'v1', { group: 1, version: 1 }),
    ]);
    expect(order.slice(0, 3)).toEqual(['apiregistration.k8s.io', 'first.io', 'apps']);
    expect(order.slice(-3)).toEqual(['middle.io', 'metrics.k8s.io', 'last.io']);
  });

  test('is in aggregated discovery as it was told, stale or not', () => {
    const list = JSON.parse(
      aggregatedDiscovery(
        'apis',
        'v2',
        withRemotes(here, [aRemote('a.io', 'v1'), aRemote('a.io', 'v2', undefined, { resources: [], freshness: 'Stale' })]),
      ).body.toString(),
    ) as { items: { metadata: { name: string } }[] };
    expect(list.items.find(({ metadata }) => metadata.name === 'a.io')).toEqual({
      metadata: { name: 'a.io' },
      versions: [
        { version: 'v2', resources: [], freshness: 'Stale' },
        { version: 'v1', resources: [{ resource: 'boats' }], freshness: 'Current' },
      ],
    });
  });

  test('takes the place of what is served here, and leaves other versions of the group', () => {
    const served = withRemotes(here, [aRemote('autoscaling', 'v1', { group: 17_500, version: 99 })]);
    expect(
      groupListDiscovery(served)
        .groups.find(({ name }) => name === 'autoscaling')
        ?.versions.map(({ version }) => version)
        .slice(0, 2),
    ).toEqual(['v1', 'v2']);
    expect(resourceListDiscovery('autoscaling', 'v1', served)).toBeUndefined();
    expect(resourceListDiscovery('autoscaling', 'v2', served)).toBeDefined();
  });

  test('has an OpenAPI v3 document where it says so', () => {
    const { paths } = openapiV3Index(withRemotes(here, [aRemote('a.io', 'v1', undefined, { v3Hash: 'X' }), aRemote('b.io', 'v1')]));
    expect(paths['apis/a.io/v1']).toEqual({ serverRelativeURL: '/openapi/v3/apis/a.io/v1?hash=X' });
    expect(paths).not.toHaveProperty(['apis/b.io/v1']);
  });

  test('may be told in the words of old', () => {
    const boats = { name: 'boats', singularName: 'boat', namespaced: true, kind: 'Boat', verbs: ['get'], shortNames: ['bo'] };
    const scale = { name: 'boats/scale', namespaced: true, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get'] };
    expect(discoveryOf({ resources: [boats, scale] }, 'a.io', 'v1')).toEqual([
      {
        resource: 'boats',
        responseKind: { group: 'a.io', version: 'v1', kind: 'Boat' },
        scope: 'Namespaced',
        singularResource: 'boat',
        verbs: ['get'],
        shortNames: ['bo'],
        subresources: [{ subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['get'] }],
      },
    ]);
  });
});
