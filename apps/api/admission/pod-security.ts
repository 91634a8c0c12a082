import { CronJob } from '#lib/api/batch/cronjob';
import { Job } from '#lib/api/batch/job';
import { DaemonSet } from '#lib/api/apps/daemonset';
import { Deployment } from '#lib/api/apps/deployment';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { StatefulSet } from '#lib/api/apps/statefulset';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import { PodTemplate } from '#lib/api/core/podtemplate';
import { ReplicationController } from '#lib/api/core/replicationcontroller';
import { forbiddenAccess, invalidObject } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import { invalid } from '#lib/api/field-error';
import type { ObjectMeta } from '#lib/api/meta';
import type { View } from '../write/view';
import type { Judged } from './pod-security/check';
import { LEVELS, policyOf, printLevel, printViolations, violationsOf, type LevelVersion, type Policy } from './pod-security/levels';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';

const PREFIX = 'pod-security.kubernetes.io/';
/** Parts of a pod that change what it may do. */
const SIGNIFICANT = [undefined, 'ephemeralcontainers', 'resize'];
/** Upstream looks at no more of the pods that are there when a namespace becomes stricter. */
const MAX_PODS = 3000;

/** The pod security standards, as the labels of a namespace ask for them. Mirrors pod-security-admission/admission. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  settle(request, view) {
    const { operation, kind, subresource } = request;
    if (operation === 'DELETE') return;
    if (kind === Namespace) return subresource ? undefined : judgeNamespace(request, view);
    if (kind === Pod) return SIGNIFICANT.includes(subresource) ? judgePod(request, view) : undefined;
    const template = subresource ? undefined : TEMPLATES.get(kind.resource);
    if (template) judgeTemplate(request, view, template(request.object));
  },
};

type Template = { metadata?: Partial<ObjectMeta>; spec?: PodSpec } | undefined;

const inSpec = (object: unknown): Template => (object as { spec?: { template?: Template } }).spec?.template;

/** Where workloads say what their pods are like. */
const TEMPLATES: ReadonlyMap<string, (object: unknown) => Template> = new Map([
  ...[Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job].map(({ resource }) => [resource, inSpec] as const),
  [PodTemplate.resource, (object) => (object as { template?: Template }).template],
  [CronJob.resource, (object) => inSpec((object as { spec?: { jobTemplate?: unknown } }).spec?.jobTemplate)],
]);

/** Labels never change in place: what they say is read once. */
const known = new WeakMap<object, Policy>();

function policyFor({ namespace }: AdmissionRequest, view: View): Policy | undefined {
  const labels = view.get(Namespace, '', namespace)?.metadata.labels;
  if (!labels) return undefined;
  let policy = known.get(labels);
  if (!policy) known.set(labels, (policy = policyOf(labels).policy));
  return policy;
}

const isFree = ({ level }: LevelVersion): boolean => level === 'privileged';

function judgePod(request: AdmissionRequest, view: View): void {
  const policy = policyFor(request, view);
  if (!policy || (isFree(policy.enforce) && isFree(policy.audit) && isFree(policy.warn))) return;
  const { object, previous, kind } = request;
  const pod = object as Pod;
  if (previous && sameValue(pod.spec, (previous as Pod).spec)) return;
  request.annotations[`${PREFIX}enforce-policy`] = printLevel(policy.enforce);
  const violations = violationsOf(policy.enforce, pod as Judged);
  if (violations.length === 0) return tell(request, policy, pod as Judged);
  const why = `violates PodSecurity ${JSON.stringify(printLevel(policy.enforce))}: ${printViolations(violations)}`;
  throw forbiddenAccess(kind, object.metadata.name, why);
}

/** A workload may be made; what will become of its pods is told. */
function judgeTemplate(request: AdmissionRequest, view: View, template: Template): void {
  const policy = policyFor(request, view);
  if (!policy || (isFree(policy.audit) && isFree(policy.warn)) || !template?.spec) return;
  tell(request, policy, { metadata: template.metadata ?? {}, spec: template.spec });
}

function tell({ warnings, annotations }: AdmissionRequest, { audit, warn }: Policy, pod: Judged): void {
  const would = (level: LevelVersion): string | undefined => {
    const violations = violationsOf(level, pod);
    return violations.length === 0
      ? undefined
      : `would violate PodSecurity ${JSON.stringify(printLevel(level))}: ${printViolations(violations)}`;
  };
  const audited = would(audit);
  if (audited) annotations[`${PREFIX}audit-violations`] = audited;
  const warning = would(warn);
  if (warning) warnings.push(warning);
}

/** Labels must make sense; whoever makes a namespace stricter is told which of its pods would not be let in any more. */
function judgeNamespace({ kind, object, previous, warnings }: AdmissionRequest, view: View): void {
  const next = policyOf(object.metadata.labels);
  const before = previous ? policyOf(previous.metadata.labels) : undefined;
  if (next.problems.length > 0 && !(before && sameValue(before.problems, next.problems))) {
    const errors = next.problems.map(({ label, value, detail }) => invalid(`metadata.labels[${label}]`, value, detail));
    throw invalidObject(kind.group, kind.kind, object.metadata.name, errors);
  }
  if (!before) return;
  const [now, then] = [next.policy.enforce, before.policy.enforce];
  const isStricter = now.version !== then.version || LEVELS.indexOf(now.level) > LEVELS.indexOf(then.level);
  if (isFree(now) || !isStricter) return;
  warnings.push(...warningsAbout(view.world.list(Pod, object.metadata.name), object.metadata.name, now));
}

/** Mirrors EvaluatePodsInNamespace: pods with the same faults are told once. */
function warningsAbout(pods: readonly Pod[], namespace: string, level: LevelVersion): string[] {
  const byFault = new Map<string, string[]>();
  for (const pod of pods.slice(0, MAX_PODS)) {
    const fault = violationsOf(level, pod as Judged)
      .map(({ reason }) => reason)
      .join(', ');
    if (fault !== '') byFault.set(fault, [...(byFault.get(fault) ?? []), pod.metadata.name]);
  }
  const told = [...byFault].map(([fault, names]) => {
    const others = names.length - 1;
    const more = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`;
    return `${[...names].sort()[0]}${more}: ${fault}`;
  });
  const first = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(printLevel(level))}`;
  const partly = `new PodSecurity enforce level only checked against the first ${MAX_PODS} of ${pods.length} existing pods`;
  return [...(pods.length > MAX_PODS ? [partly] : []), ...(told.length > 0 ? [first] : []), ...told.sort()];
}
