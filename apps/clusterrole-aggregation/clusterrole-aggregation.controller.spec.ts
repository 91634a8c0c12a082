import { ClusterRole } from '#lib/api/rbac/clusterrole';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { clusterRoleAggregation } from './clusterrole-aggregation.controller';

const decide = given(clusterRoleAggregation);
const may = (verb: string, resource: string) => ({ verbs: [verb], apiGroups: [''], resources: [resource] });
const role = (name: string, labels: Record<string, string>, rules: object[], more: object = {}): ClusterRole =>
  build(ClusterRole, { name, labels }, { rules, ...more } as never);
const collects = (rules: object[]): ClusterRole =>
  role('all', { part: 'yes' }, rules, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }, { matchLabels: { other: 'yes' } }] } });

describe('clusterrole-aggregation', () => {
  test('collects the rules selector by selector, by name, each once, and never its own', () => {
    const parts = [
      role('b', { part: 'yes' }, [may('get', 'pods')]),
      role('a', { part: 'yes', other: 'yes' }, [may('list', 'pods'), may('get', 'pods')]),
      role('c', { other: 'yes' }, [may('get', 'nodes')]),
      role('d', {}, [may('get', 'secrets')]),
    ];
    expect(decide(collects([may('delete', 'pods')]), ...parts)).toMatchObject([
      { do: 'patch', ref: { name: 'all' }, patch: { rules: [may('list', 'pods'), may('get', 'pods'), may('get', 'nodes')] } },
    ]);
  });

  test('asks for nothing where the rules are right, or where nothing is collected', () => {
    expect(decide(collects([may('get', 'pods')]), role('b', { part: 'yes' }, [may('get', 'pods')]))).toEqual([]);
    expect(decide(role('b', { part: 'yes' }, [may('get', 'pods')]), collects([]))).toEqual([]);
  });
});
