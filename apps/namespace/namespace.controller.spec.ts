import { ConfigMap } from '#lib/api/core/configmap';
import { type IndexedWorld } from '#lib/reconcile/indexed-world';
import type { KubeObject } from '#lib/api/meta';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { namespace } from './namespace.controller';

const decide = given(namespace);
const deleted = secondsAgo(1);
const going = aNamespace({ name: 'shop', deleted });
const inShop = { namespace: 'shop' };
const fine = [
  { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', lastTransitionTime: secondsAgo(0), reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False', lastTransitionTime: secondsAgo(0), reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
  { type: 'NamespaceDeletionContentFailure', status: 'False', lastTransitionTime: secondsAgo(0), reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
  { type: 'NamespaceContentRemaining', status: 'False', lastTransitionTime: secondsAgo(0), reason: 'ContentRemoved', message: 'All content successfully removed' },
  { type: 'NamespaceFinalizersRemaining', status: 'False', lastTransitionTime: secondsAgo(0), reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
];

describe('namespace', () => {
  test('leaves namespaces alone that are not being deleted', () => {
    expect(decide('shop', aNamespace({ name: 'shop' }), aConfigMap(inShop))).toEqual([]);
  });

  test('deletes pods first, then everything else of the namespace', () => {
    expect(decide('shop', going, aPod(inShop), aConfigMap(inShop), aConfigMap())).toMatchObject([
      { do: 'remove', ref: { kind: 'Pod', namespace: 'shop' }, options: { propagation: 'Background' } },
      { do: 'wake' },
    ]);
    expect(decide('shop', going, aConfigMap(inShop), aConfigMap())).toMatchObject([{ do: 'remove', ref: { kind: 'ConfigMap', namespace: 'shop' } }, { do: 'wake' }]);
  });

  test('says what remains and which finalizers hold it, and counts again later', () => {
    const held = [1, 2].map((i) => aConfigMap({ ...inShop, name: `held-${i}`, deleted, finalizers: ['example.com/hold'] }));
    const [told, again] = decide('shop', going, ...held);
    expect(told).toMatchObject({
      do: 'setStatus',
      status: {
        phase: 'Terminating',
        conditions: [
          ...fine.slice(0, 3),
          { type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message: 'Some resources are remaining: configmaps. has 2 resource instances' },
          { type: 'NamespaceFinalizersRemaining', status: 'True', reason: 'SomeFinalizersRemain', message: 'Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances' },
        ],
      },
    });
    expect(again).toEqual({ do: 'wake', at: new Date(NOW.getTime() + 10_000) });
  });

  test('says that all is gone, then lets the namespace go', () => {
    expect(decide('shop', going)).toEqual([expect.objectContaining({ do: 'setStatus', status: { phase: 'Terminating', conditions: fine } })]);
    const told = aNamespace({ name: 'shop', deleted, specFinalizers: ['kubernetes', 'example.com/mine'], status: { conditions: fine } });
    expect(decide('shop', told)).toMatchObject([{ do: 'finalize', object: { spec: { finalizers: ['example.com/mine'] } } }]);
    expect(decide('shop', aNamespace({ name: 'shop', deleted, specFinalizers: [] }))).toEqual([]);
  });

  test('is woken by late content and by the last object of a kind, not by each that goes', () => {
    const woken = (type: 'ADDED' | 'DELETED', object: KubeObject, ...others: KubeObject[]) => {
      const world = worldOf(...others) as IndexedWorld;
      return [...namespace.keys(world.apply(ConfigMap, type, object as ConfigMap, 9), world)];
    };
    const [a, b] = [aConfigMap({ ...inShop, name: 'a' }), aConfigMap({ ...inShop, name: 'b' })];
    expect(woken('DELETED', a, going, a)).toEqual(['shop']);
    expect(woken('DELETED', a, going, a, b)).toEqual([]);
    expect(woken('ADDED', a, going)).toEqual(['shop']);
    expect(woken('ADDED', a, aNamespace({ name: 'shop' }))).toEqual([]);
  });
});
