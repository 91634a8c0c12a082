import { Pod } from '#lib/api/core/pod/pod';
import { Node } from '#lib/api/core/node';
import { defineKind } from '#lib/api/kind';
import { kinds } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { invariantOf } from './invariant';

const objects: Record<string, object[]> = {
  pods: [{ status: { phase: 'Running' } }, { status: { phase: 'Pending' } }, {}],
  deployments: [{ metadata: { name: 'web', labels: { app: 'web' } }, spec: { replicas: 3 } }],
};
const ask = (expression: string, revision = 7): boolean => invariantOf(expression).holds((kind) => objects[kind.plural] ?? [], revision);

const builtInNames = (): string[] => kinds.filter((kind) => !kind.storedAs && !kind.view).map(({ plural }) => plural);

describe('an invariant', () => {
  test.each([
    ['size(pods) == 3', true],
    ['pods.filter(p, has(p.status) && p.status.phase == "Running").size() >= 2', false],
    ['deployments.exists(d, d.spec.replicas + 1 == 4)', true],
    ['deployments.all(d, d.metadata.labels["app"] == d.metadata.name)', true],
    ['rev > 6 && services.size() == 0', true],
    ['pods.all(p, p.?status.?phase.orValue("Pending") in ["Pending", "Running"])', true],
  ])('%s is %s', (expression, expected) => expect(ask(expression)).toBe(expected));

  test('speaks of custom kinds by their plural, too, but not in the place of a built-in one', () => {
    const custom = (plural: string, kind: string) => defineKind<KubeObject>({ group: 'example.com', version: 'v1', kind, plural, scope: 'Namespaced' });
    const [boats, pods] = [custom('boats', 'Boat'), custom('pods', 'Pod')];
    const invariant = invariantOf('boats.all(b, b.spec.oars > 1) && size(pods) == 0', [boats, pods]);
    expect(invariant.kinds).toEqual([boats, Pod]);
    expect(invariant.holds((kind) => (kind === boats ? [{ spec: { oars: 2 } }] : []), 1)).toBe(true);
  });

  test('means by each name what is in the log, and not the metrics of the same name', () => {
    const named = builtInNames();
    expect(named).toEqual([...new Set(named)]);
    expect(invariantOf('size(pods) + size(nodes) == 0').kinds).toEqual(expect.arrayContaining([Node, Pod]));
  });

  test('knows which kinds it speaks of', () => {
    expect(invariantOf('size(pods) >= size(nodes)').kinds.map(({ plural }) => plural)).toEqual(['nodes', 'pods']);
  });

  test.each([
    ['size(pods', 'the expression cannot be read: '],
    ['size(boats) == 0', 'the expression cannot be used: Unknown variable: boats'],
    ['size(pods)', 'the expression gives int, but must give bool'],
  ])('refuses %s', (expression, problem) => expect(() => invariantOf(expression)).toThrow(problem));

  test('has no answer where a field is missing', () =>
    expect(() => ask('pods.all(p, p.status.phase == "Running" || p.status.phase == "Pending")')).toThrow('No such key: status'));
});
