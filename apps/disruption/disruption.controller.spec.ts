import type { KubeObject } from '#lib/api/meta';
import { aDeployment } from '#lib/reconcile/testing/builders/deployment';
import { aPod, type PodOptions } from '#lib/reconcile/testing/builders/pod';
import { aBudget, type BudgetOptions } from '#lib/reconcile/testing/builders/poddisruptionbudget';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { disruption } from './disruption.controller';

const decide = given(disruption);
const rs = aReplicaSet({ replicas: 4 });
const pods = (names: string, options: PodOptions = {}) =>
  [...names].map((name) => aPod({ name, labels: { app: 'web' }, ready: true, ownedBy: rs, ...options }));
const statusFor = (spec: BudgetOptions['spec'], ...world: readonly KubeObject[]) =>
  decide(aBudget({ spec }), ...world).find((command) => command.do === 'setStatus')?.status;

describe('disruption', () => {
  test('allows as many as are healthy beyond those that must stay', () => {
    expect(statusFor({ minAvailable: 2 }, ...pods('abc'), ...pods('d', { ready: false }))).toEqual({
      ...{ disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 4, observedGeneration: 1 },
      conditions: [expect.objectContaining({ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', observedGeneration: 1 })],
    });
    expect(statusFor({ minAvailable: 3 }, ...pods('abc'))).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ status: 'False', reason: 'InsufficientPods' }],
    });
  });

  test('takes a share of what the controllers of the pods want, rounded up', () => {
    expect(statusFor({ minAvailable: '30%' }, rs, ...pods('abc'))).toMatchObject({ expectedPods: 4, desiredHealthy: 2, disruptionsAllowed: 1 });
    expect(statusFor({ maxUnavailable: '30%' }, rs, ...pods('abcd'))).toMatchObject({ expectedPods: 4, desiredHealthy: 2, disruptionsAllowed: 2 });
    expect(statusFor({ maxUnavailable: 1 }, rs, ...pods('abcd'))).toMatchObject({ desiredHealthy: 3, disruptionsAllowed: 1 });
  });

  test('of a deployment that is rolled out it counts the whole, not each replica set', () => {
    const web = aDeployment({ name: 'web', replicas: 3 });
    const [old, young] = [aReplicaSet({ name: 'old', replicas: 2, ownedBy: web }), aReplicaSet({ name: 'young', replicas: 2, ownedBy: web })];
    expect(statusFor({ maxUnavailable: 0 }, web, old, young, ...pods('ab', { ownedBy: old }), ...pods('cd', { ownedBy: young }))).toMatchObject({
      expectedPods: 3,
    });
  });

  test('counts no pod that goes, or that was evicted within two minutes, and looks again when they are over', () => {
    const waiting = aBudget({ spec: { minAvailable: 1 }, status: { disruptedPods: { a: secondsAgo(30), b: secondsAgo(200), gone: secondsAgo(5) } } });
    const commands = decide(waiting, ...pods('ab'), ...pods('c', { deleted: secondsAgo(1) }));
    expect(commands[0]).toMatchObject({ status: { currentHealthy: 1, expectedPods: 3, disruptedPods: { a: secondsAgo(30) } } });
    expect(commands.at(-1)).toEqual({ do: 'wake', at: new Date(NOW.getTime() + 90_000) });
  });

  test('allows nothing when the controller of a pod cannot be asked, and says why', () => {
    const status = { disruptionsAllowed: 1, observedGeneration: 1 };
    expect(decide(aBudget({ spec: { maxUnavailable: 1 }, status }), ...pods('a'))).toMatchObject([
      {
        do: 'setStatus',
        status: { disruptionsAllowed: 0, conditions: [{ status: 'False', reason: 'SyncFailed', message: 'found no controllers for pod "a"' }] },
      },
      { do: 'report', report: { type: 'Warning', reason: 'CalculateExpectedPodCountFailed' } },
    ]);
  });

  test('says when it covers no pods, and when nobody knows how many there should be', () => {
    expect(decide(aBudget())).toMatchObject([{ do: 'setStatus', status: { disruptionsAllowed: 0 } }, { report: { reason: 'NoPods', type: 'Normal' } }]);
    const message = expect.stringContaining(
      '(selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},})',
    ) as string;
    expect(decide(aBudget({ spec: { maxUnavailable: 1 } }), aPod({ labels: { app: 'web' } })).at(-1)).toMatchObject({
      report: { reason: 'UnmanagedPods', message },
    });
  });

  test('asks for nothing once settled', () => {
    const status = statusFor({ minAvailable: 2 }, ...pods('abc')) as BudgetOptions['status'];
    expect(decide(aBudget({ spec: { minAvailable: 2 }, status }), ...pods('abc'))).toEqual([]);
  });

  test('is waked by pods that a budget covers, or covered, and by no others', () => {
    const wakes = disruption.watches?.[0]?.keys;
    const [pod, other] = [aPod({ labels: { app: 'web' } }), aPod({ labels: { app: 'other' } })];
    const world = worldOf(aBudget({ name: 'budget' }));
    expect([...(wakes?.({ type: 'MODIFIED', object: other, previous: pod } as never, world) ?? [])]).toEqual(['default/budget']);
    expect([...(wakes?.({ type: 'ADDED', object: other } as never, world) ?? [])]).toEqual([]);
  });
});
