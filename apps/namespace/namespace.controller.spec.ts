import { APIService } from '#lib/api/apiregistration/apiservice';
import { ConfigMap } from '#lib/api/core/configmap';
import { type IndexedWorld } from '#lib/reconcile/indexed-world';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from '#lib/reconcile/command';
import { aConfigMap } from '#lib/reconcile/testing/builders/configmap';
import { aNamespace } from '#lib/reconcile/testing/builders/namespace';
import { build } from '#lib/reconcile/testing/builders/object';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { namespace } from './namespace.controller';

const controller = namespace(() => Promise.reject(new Error('nobody is to be asked')));
const decide = given(controller);
const deleted = secondsAgo(1);
const going = aNamespace({ name: 'shop', deleted });
const inShop = { namespace: 'shop' };
const fine = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    lastTransitionTime: secondsAgo(0),
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    lastTransitionTime: secondsAgo(0),
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    lastTransitionTime: secondsAgo(0),
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
  {
    type: 'NamespaceContentRemaining',
    status: 'False',
    lastTransitionTime: secondsAgo(0),
    reason: 'ContentRemoved',
    message: 'All content successfully removed',
  },
  {
    type: 'NamespaceFinalizersRemaining',
    status: 'False',
    lastTransitionTime: secondsAgo(0),
    reason: 'ContentHasNoFinalizers',
    message: 'All content-preserving finalizers finished',
  },
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
    expect(decide('shop', going, aConfigMap(inShop), aConfigMap())).toMatchObject([
      { do: 'remove', ref: { kind: 'ConfigMap', namespace: 'shop' } },
      { do: 'wake' },
    ]);
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
          {
            type: 'NamespaceContentRemaining',
            status: 'True',
            reason: 'SomeResourcesRemain',
            message: 'Some resources are remaining: configmaps. has 2 resource instances',
          },
          {
            type: 'NamespaceFinalizersRemaining',
            status: 'True',
            reason: 'SomeFinalizersRemain',
            message: 'Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances',
          },
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
      return [...controller.keys(world.apply(ConfigMap, type, object as ConfigMap, 9), world)];
    };
    const [a, b] = [aConfigMap({ ...inShop, name: 'a' }), aConfigMap({ ...inShop, name: 'b' })];
    expect(woken('DELETED', a, going, a)).toEqual(['shop']);
    expect(woken('DELETED', a, going, a, b)).toEqual([]);
    expect(woken('ADDED', a, going)).toEqual(['shop']);
    expect(woken('ADDED', a, aNamespace({ name: 'shop' }))).toEqual([]);
  });
});

describe('what extension servers hold', () => {
  const remote = build(
    APIService,
    { name: 'v1.fleet.example.com' },
    { spec: { group: 'fleet.example.com', version: 'v1', service: { namespace: 'ops', name: 'fleet' } } },
  );
  const nothing = { stale: [], errors: [], remaining: {} };
  const conditionsOf = ([command]: readonly Command[]): unknown => (command as { status?: { conditions?: object[] } }).status?.conditions;

  test('keeps the namespace, with the reason in its conditions, until it is known to be gone', () => {
    const stale = decide.knowing({ ...nothing, stale: ['z.example.com/v2', 'fleet.example.com/v1'] })('shop', going, remote);
    expect(stale).toMatchObject([{ do: 'setStatus' }, { do: 'wake' }]);
    const message =
      'Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: fleet.example.com/v1: stale GroupVersion discovery: fleet.example.com/v1, z.example.com/v2: stale GroupVersion discovery: z.example.com/v2';
    expect(conditionsOf(stale)).toEqual([{ ...fine[0], status: 'True', reason: 'DiscoveryFailed', message }, ...fine.slice(1)]);
    const refused = decide.knowing({ ...nothing, errors: ['ships is forbidden'] })('shop', going, remote);
    expect(conditionsOf(refused)).toContainEqual({
      ...fine[2],
      status: 'True',
      reason: 'ContentDeletionFailed',
      message: 'Failed to delete all resource types, 1 remaining: ships is forbidden',
    });
    const left = decide.knowing({ ...nothing, remaining: { 'ships.fleet.example.com': 2 } })('shop', going, remote);
    expect(conditionsOf(left)).toContainEqual({
      ...fine[3],
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: 'Some resources are remaining: ships.fleet.example.com has 2 resource instances',
    });
    expect(left).toMatchObject([{ do: 'setStatus' }, { do: 'wake' }]);
  });

  test('lets it go when nothing is left', () => {
    const told = { ...going, status: { phase: 'Terminating', conditions: fine } } as typeof going;
    expect(decide.knowing(nothing)('shop', told, remote)).toMatchObject([{ do: 'finalize' }]);
    expect(decide('shop', told, remote)).toMatchObject([{ do: 'wake' }]);
  });

  test('is deleted when the pods are gone, and nobody is asked about other namespaces', () => {
    const asked: string[] = [];
    const asking = namespace((name, services) => {
      asked.push(`${name} of ${services.map(({ metadata }) => metadata.name).join()}`);
      return Promise.resolve(nothing);
    });
    for (const world of [worldOf(going), worldOf(going, remote, aPod(inShop)), worldOf(aNamespace({ name: 'shop' }), remote)])
      expect(asking.gather?.('shop', world, NOW)).toBeUndefined();
    void asking.gather?.('shop', worldOf(going, remote), NOW);
    expect(asked).toEqual(['shop of v1.fleet.example.com']);
  });
});
