import { kinds } from '#lib/api/kinds';
import { aggregatedDiscovery, groupDiscovery, groupListDiscovery, legacyVersions, resourceListDiscovery, versionInfo } from './documents';

interface Resource {
  readonly name: string;
  readonly [member: string]: unknown;
}

const resourcesOf = (group: string, version: string): Resource[] => (resourceListDiscovery(group, version) as { resources: Resource[] }).resources;

describe('discovery', () => {
  test('every kind that is registered is found, with its verbs sorted', () => {
    for (const kind of kinds) {
      const found = resourcesOf(kind.group, kind.version).find((resource) => resource.name === kind.plural);
      expect(found).toMatchObject({ kind: kind.kind, singularName: kind.singular, namespaced: kind.namespaced, verbs: [...kind.verbs].sort() });
    }
  });

  test('subresources stand behind their resource and name the kind that they speak', () => {
    const names = resourcesOf('', 'v1')
      .map((resource) => resource.name)
      .filter((name) => name.startsWith('pods'));
    expect(names).toEqual([
      'pods',
      ...['pods/binding', 'pods/ephemeralcontainers', 'pods/eviction', 'pods/log', 'pods/resize', 'pods/status'].filter((n) => names.includes(n)),
    ]);
    expect(resourcesOf('', 'v1')).toContainEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    expect(resourcesOf('apps', 'v1')).toContainEqual({
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  test('resources name the hash of the form in which they are stored, whichever version is asked for', () => {
    const hashOf = (group: string, version: string, name: string): unknown => resourcesOf(group, version).find((one) => one.name === name)?.storageVersionHash;
    expect([hashOf('', 'v1', 'pods'), hashOf('apps', 'v1', 'deployments')]).toEqual(['xPOwRZ+Yhw8=', '8aSe+NMegvE=']);
    expect(hashOf('events.k8s.io', 'v1', 'events')).toBe(hashOf('', 'v1', 'events'));
    expect(hashOf('', 'v1', 'pods/status')).toBeUndefined();
  });

  test('reviews can only be created', () => {
    expect(resourcesOf('authorization.k8s.io', 'v1')).toContainEqual({
      name: 'selfsubjectaccessreviews',
      singularName: 'selfsubjectaccessreview',
      namespaced: false,
      kind: 'SelfSubjectAccessReview',
      verbs: ['create'],
    });
    expect(resourcesOf('authentication.k8s.io', 'v1').map((r) => r.name)).toEqual(['selfsubjectreviews', 'tokenreviews']);
  });

  test('groups come in the order of upstream, so that `deployments` and `events` mean the usual ones', () => {
    const names = groupListDiscovery().groups.map((group) => group.name);
    expect(names.slice(0, 2)).toEqual(['apiregistration.k8s.io', 'apps']);
    expect(names.indexOf('events.k8s.io')).toBeLessThan(names.indexOf('coordination.k8s.io'));
    expect(names).not.toContain('');
    expect(groupDiscovery('apps')).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'apps',
      versions: ['v1', 'v1beta2', 'v1beta1'].map((version) => ({ groupVersion: `apps/${version}`, version })),
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
  });

  test('what is not served is not found', () => {
    expect(groupDiscovery('example.com')).toBeUndefined();
    expect(resourceListDiscovery('apps', 'v1alpha1')).toBeUndefined();
    expect(resourceListDiscovery('example.com', 'v1')).toBeUndefined();
  });

  test('the core group is found at /api alone', () => {
    expect(legacyVersions('localhost:6443')).toMatchObject({ versions: ['v1'], serverAddressByClientCIDRs: [{ serverAddress: 'localhost:6443' }] });
  });

  test.each(['v2', 'v2beta1'] as const)('aggregated %s says all of it at once, with a hash of its content', (version) => {
    const { body, etag } = aggregatedDiscovery('apis', version);
    const list = JSON.parse(body.toString());
    expect(list).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}` });
    const apps = list.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'apps');
    expect(apps.versions[0]).toMatchObject({ version: 'v1', freshness: 'Current' });
    expect(apps.versions[0].resources.find((r: { resource: string }) => r.resource === 'deployments')).toMatchObject({
      responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      shortNames: ['deploy'],
      categories: ['all'],
      subresources: expect.arrayContaining([
        expect.objectContaining({ subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } }),
      ]),
    });
    expect(etag).toMatch(/^[0-9A-F]{128}$/);
    expect(aggregatedDiscovery('apis', version).body).toBe(body);
    expect(aggregatedDiscovery('api', version).etag).not.toBe(etag);
  });

  test('the version is one that clients can compare with theirs', () => {
    expect(versionInfo()).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.0+decklog' });
  });
});
