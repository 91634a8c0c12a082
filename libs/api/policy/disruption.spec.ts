import { aBudget, type BudgetOptions } from '#lib/reconcile/testing/builders/poddisruptionbudget';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { covers, needsNoBudget, spend } from './disruption';

const seen = { observedGeneration: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 };
const budget = (status: BudgetOptions['status'], spec?: BudgetOptions['spec']) => aBudget({ status: { ...seen, ...status }, spec });
const web = aPod({ name: 'a', labels: { app: 'web' }, ready: true });
const unready = aPod({ name: 'a', labels: { app: 'web' }, ready: false });
const refusal = (...args: Parameters<typeof spend>) => {
  try {
    spend(...args);
  } catch (error) {
    return (error as { status: unknown }).status;
  }
  throw new Error('was not refused');
};

describe('an eviction', () => {
  test('takes one from the budget, and writes down who went', () => {
    expect(spend([budget({ disruptionsAllowed: 2 })], web, NOW)).toMatchObject({ disruptionsAllowed: 1, disruptedPods: { a: secondsAgo(0) } });
    expect(spend([budget({ disruptionsAllowed: 1 })], web, NOW)).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ type: 'DisruptionAllowed', status: 'False' }],
    });
    expect(spend([], web, NOW)).toBeUndefined();
  });

  test('is refused when nothing is left, with the cause that clients look for', () => {
    expect(refusal([budget({ disruptionsAllowed: 0, currentHealthy: 2 })], web, NOW)).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 2 healthy pods and has 2 currently' }] },
    });
  });

  test('is asked to come back while the budget is newer than its status', () => {
    expect(refusal([budget({ disruptionsAllowed: 1, observedGeneration: 0 })], web, NOW)).toMatchObject({
      details: { retryAfterSeconds: 10, causes: [{ message: 'The disruption budget web is still being processed by the server.' }] },
    });
  });

  test('of a pod that is not ready costs nothing when enough others are, or when the budget says so', () => {
    expect(spend([budget({ disruptionsAllowed: 0, currentHealthy: 2 })], unready, NOW)).toBeUndefined();
    expect(refusal([budget({ disruptionsAllowed: 0, currentHealthy: 1 })], unready, NOW)).toMatchObject({ code: 429 });
    expect(spend([budget({ currentHealthy: 1 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' })], unready, NOW)).toBeUndefined();
  });

  test('of a pod with two budgets is an error', () => {
    expect(refusal([budget({}), budget({})], web, NOW)).toMatchObject({
      code: 500,
      message: expect.stringContaining('more than one PodDisruptionBudget') as string,
    });
  });

  test('asks no budget for pods that have not started, have finished or go already', () => {
    expect([aPod({}), aPod({ phase: 'Failed' }), aPod({ ready: true, deleted: secondsAgo(1) }), web].map(needsNoBudget)).toEqual([true, true, true, false]);
  });

  test('a budget covers the pods of its namespace that its selector matches; an empty one matches all, none matches none', () => {
    expect(covers(aBudget(), web)).toBe(true);
    expect(covers(aBudget({ namespace: 'other' }), web)).toBe(false);
    expect([covers(aBudget({ spec: { selector: {} } }), web), covers(aBudget({ spec: { selector: undefined } }), web)]).toEqual([true, false]);
  });
});
