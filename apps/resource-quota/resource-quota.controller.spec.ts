import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { ResourceQuota } from '#lib/api/core/resourcequota';
import { build } from '#lib/reconcile/testing/builders/object';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { resourceQuota } from './resource-quota.controller';

const decide = given(resourceQuota);
const aQuota = (hard: object, status: object = {}): ResourceQuota =>
  build(ResourceQuota, { name: 'q', namespace: 'default' }, { spec: { hard }, status } as never);
const aPod = (name: string, phase = 'Running'): Pod =>
  build(Pod, { name, namespace: 'default' }, { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '250m' } } }] }, status: { phase } } as never);

describe('resource-quota', () => {
  test('shows what is allowed and what is used', () => {
    const status = { hard: { configmaps: '3', pods: '5', 'requests.cpu': '1' }, used: { configmaps: '1', pods: '2', 'requests.cpu': '500m' } };
    const world = [aQuota(status.hard), aPod('a'), aPod('b'), aPod('done', 'Succeeded'), build(ConfigMap, { name: 'm', namespace: 'default' }, {})];
    expect(decide('default/q', ...world)).toMatchObject([{ do: 'setStatus', status }]);
    expect(decide('default/q', aQuota(status.hard, status), ...world.slice(1))).toEqual([]);
  });

  test('counts objects of kinds that users define', () => {
    const quota = aQuota({ 'count/widgets.example.com': '2' });
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { ...quota.metadata, name: 'w' } };
    expect(decide('default/q', quota, widget)).toMatchObject([{ do: 'setStatus', status: { used: { 'count/widgets.example.com': '1' } } }]);
  });

  test('is woken by what counts, and not by what does not', () => {
    const world = worldOf(aQuota({ pods: '5' }));
    const keys = (object: Pod, previous?: Pod): string[] => [
      ...resourceQuota.keys({ revision: 9, type: 'MODIFIED', kind: Pod, object, ...(previous && { previous }) }, world),
    ];
    expect(keys(aPod('a'))).toEqual(['default/q']);
    expect(keys(aPod('a'), aPod('a'))).toEqual([]);
    expect(keys(aPod('a', 'Failed'), aPod('a'))).toEqual(['default/q']);
  });
});
