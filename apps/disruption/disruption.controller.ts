import { Pod } from '#lib/api/core/pod/pod';
import { isPodReady, setCondition } from '#lib/api/core/pod/pod-conditions';
import { sameValue } from '#lib/api/equality';
import { isBeingDeleted } from '#lib/api/meta';
import { covers, withAllowed, type BudgetStatus } from '#lib/api/policy/disruption';
import { PodDisruptionBudget } from '#lib/api/policy/poddisruptionbudget';
import { rfc3339 } from '#lib/api/time';
import { report, setStatus, wake, warn, type Command } from '#lib/reconcile/command';
import { defineController, keyOf } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';
import { expectedOf, type Expected } from './expected';

/** A pod that was evicted and is still there after so long will not go: it counts again. Upstream's DeletionTimeout. */
const DELETION_TIMEOUT_MS = 2 * 60_000;

/** Tells how many pods may be evicted. Mirrors kubernetes/pkg/controller/disruption. */
export const disruption = defineController<PodDisruptionBudget>({
  name: 'disruption',
  component: 'disruption-controller',
  for: PodDisruptionBudget,
  watches: [{ kind: Pod, keys: budgetsOf }],

  reconcile(budget, world, now) {
    const pods = world.list(Pod, budget.metadata.namespace).filter((pod) => covers(budget, pod));
    const expected = expectedOrFailure(budget, pods, world);
    if (expected instanceof Error) return failed(budget, expected, now);
    const waiting = stillWaitedFor(budget, pods, now);
    const commands = setStatus(budget, withAllowed(statusOf(budget, pods, expected, waiting), now));
    const times = Object.values(waiting).map((at) => Date.parse(at) + DELETION_TIMEOUT_MS);
    return [
      ...commands,
      ...(commands.length > 0 ? remarks(budget, pods, expected) : []),
      ...(times.length > 0 ? [wake(new Date(Math.min(...times)))] : []),
    ];
  },
});

function expectedOrFailure(budget: PodDisruptionBudget, pods: readonly Pod[], world: World): Expected | Error {
  try {
    return expectedOf(budget, pods, world);
  } catch (error) {
    return error as Error;
  }
}

function statusOf(
  { metadata, status }: PodDisruptionBudget,
  pods: readonly Pod[],
  expected: Expected,
  waiting: Readonly<Record<string, string>>,
): BudgetStatus {
  const { expectedPods, desiredHealthy } = expected;
  const currentHealthy = pods.filter((pod) => !isBeingDeleted(pod) && !(pod.metadata.name in waiting) && isPodReady(pod)).length;
  // Without pods nothing may go: the first ones may appear before this is decided again.
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  return {
    ...(status.conditions && { conditions: status.conditions }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    ...(Object.keys(waiting).length > 0 && { disruptedPods: waiting }),
    observedGeneration: metadata.generation,
  };
}

/** Of the pods that were evicted those that are there and were not yet asked to go. Mirrors buildDisruptedPodMap. */
function stillWaitedFor({ status }: PodDisruptionBudget, pods: readonly Pod[], now: Date): Record<string, string> {
  const asked = (status as BudgetStatus).disruptedPods ?? {};
  const here = new Set(pods.filter((pod) => !isBeingDeleted(pod)).map(({ metadata }) => metadata.name));
  return Object.fromEntries(
    Object.entries(asked).filter(([name, at]) => here.has(name) && Date.parse(at) + DELETION_TIMEOUT_MS > now.getTime()),
  );
}

/** Whatever is not known allows nothing. Mirrors failSafe. */
function failed(budget: PodDisruptionBudget, { message }: Error, now: Date): Command[] {
  const { status } = budget;
  const at = { observedGeneration: status.observedGeneration, lastTransitionTime: rfc3339(now) };
  const condition = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message, ...at };
  const next = { ...status, disruptionsAllowed: 0, conditions: setCondition(status.conditions, condition) };
  if (sameValue(next, status)) return [];
  return [
    ...setStatus(budget, next),
    warn(budget, 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${message}`),
  ];
}

function remarks(budget: PodDisruptionBudget, pods: readonly Pod[], { unmanaged }: Expected): Command[] {
  return [
    ...(pods.length === 0 ? [report(budget, 'NoPods', 'No matching pods found')] : []),
    ...(unmanaged.length > 0 ? [warn(budget, 'UnmanagedPods', unmanagedText(budget))] : []),
  ];
}

/** The selector is printed as Go prints it. */
function unmanagedText({ spec }: PodDisruptionBudget): string {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector ?? {};
  const labels = Object.entries(matchLabels)
    .sort()
    .map(([key, value]) => `${key}: ${value},`);
  const terms = matchExpressions.map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const selector = `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${terms.join('')}},}`;
  return `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

/** Most namespaces have no budget, and then a pod costs one look. */
function budgetsOf({ object, previous }: Change, world: World): string[] {
  const { namespace } = object.metadata;
  if (world.count(PodDisruptionBudget, namespace) === 0) return [];
  return world
    .list(PodDisruptionBudget, namespace)
    .filter((budget) => covers(budget, object) || (previous !== undefined && covers(budget, previous)))
    .map(keyOf);
}
