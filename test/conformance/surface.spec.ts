import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { discoveredGroups } from '#lib/schema/discovery/resources';

/** A resource or subresource of Kubernetes 1.37 that is stable, with its verbs. */
interface Stable {
  readonly groupVersion: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: string;
}

const stable = JSON.parse(readFileSync(join(__dirname, 'stable-resources.json'), 'utf8')) as Stable[];

interface Served {
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const served = new Map<string, Served>(
  discoveredGroups().flatMap(({ name, versions }) =>
    versions.flatMap(({ version, resources }) =>
      resources.flatMap(({ plural, namespaced, verbs, subresources }) => {
        const prefix = `${name === '' ? version : `${name}/${version}`} ${plural}`;
        const below = subresources.map((sub): [string, Served] => [`${prefix}/${sub.name}`, { namespaced, verbs: sub.verbs }]);
        return [[prefix, { namespaced, verbs }] as [string, Served], ...below];
      }),
    ),
  ),
);

/** What needs containers that really run, or is not there yet. Shorten it when something is served; nothing may be added. */
const NOT_SERVED = new Set([
  'v1 bindings',
  'v1 nodes/proxy',
  'v1 pods/attach',
  'v1 pods/exec',
  'v1 pods/portforward',
  'v1 pods/proxy',
  'v1 services/proxy',
  'apiextensions.k8s.io/v1 customresourcedefinitions',
  'apiextensions.k8s.io/v1 customresourcedefinitions/status',
  'autoscaling/v1 horizontalpodautoscalers',
  'autoscaling/v1 horizontalpodautoscalers/status',
]);

const nameOf = ({ groupVersion, resource }: Stable): string => `${groupVersion} ${resource}`;
const verbsOf = ({ verbs }: Stable): string[] => verbs.split(' ').filter((verb) => verb !== 'connect');

describe('of the stable resources of Kubernetes', () => {
  test('all are served but those that are known to be missing', () => {
    const missing = stable.map(nameOf).filter((name) => !served.has(name));
    expect(missing.filter((name) => !NOT_SERVED.has(name))).toEqual([]);
  });

  test('each that is served has its scope and every verb', () => {
    const wrong = stable.flatMap((resource) => {
      const found = served.get(nameOf(resource));
      if (!found) return [];
      const lacks = verbsOf(resource).filter((verb) => !found.verbs.includes(verb));
      return [
        ...lacks.map((verb) => `${nameOf(resource)} lacks ${verb}`),
        ...(found.namespaced === resource.namespaced ? [] : [`${nameOf(resource)} has another scope`]),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test('each has no verb that Kubernetes does not have', () => {
    const more = stable.flatMap((resource) => {
      const allowed = new Set([...verbsOf(resource), ...(verbsOf(resource).includes('list') ? ['watch'] : [])]);
      return (served.get(nameOf(resource))?.verbs ?? []).filter((verb) => !allowed.has(verb)).map((verb) => `${nameOf(resource)}: ${verb}`);
    });
    expect(more).toEqual([]);
  });
});
