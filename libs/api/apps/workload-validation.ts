import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { sameValue } from '#lib/api/equality';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import type { PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { podTemplateWarnings } from '#lib/api/core/pod/pod-warnings';
import { validatePodTemplateSpec } from '#lib/api/core/pod/pod-validation';
import type { KubeObject } from '#lib/api/meta';
import { validateLabelSelector } from '#lib/api/validation/labels';
import { validateNonnegative } from '#lib/api/validation/meta';
import { isDNS1123Label } from '#lib/api/validation/names';
import { unsupported } from '#lib/api/validation/rules';
import { fromLabelSelector } from '#lib/api/validation/selectors';

/**
 * What Deployments and ReplicaSets demand alike: a selector that says something and a template that it selects.
 * Mirrors ValidateDeploymentSpec, ValidateReplicaSetSpec and ValidatePodTemplateSpecForReplicaSet of pkg/apis/apps/validation.
 */
export function validateSelectorAndTemplate(selector: LabelSelector | undefined, template: PodTemplateSpec): FieldError[] {
  const { errors, matcher } = validateSelector(selector, 'deployment', 'invalid label selector');
  if (matcher === undefined) return errors;
  const labels = template.metadata?.labels;
  if (!matcher.empty && !matcher.matches(labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [...errors, ...validatePodTemplateSpec(template, 'spec.template'), ...validateLastingPod(template, 'ReplicaSet')];
}

/**
 * A selector that must be there and select something; `kind` and `unreadable` are words of the complaints. No matcher when it makes no
 * sense.
 */
export function validateSelector(selector: LabelSelector | undefined, kind: string, unreadable: string) {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const errors = selector ? validateLabelSelector(selector, 'spec.selector') : [required('spec.selector')];
  if (selector && Object.keys(matchLabels).length + matchExpressions.length === 0) {
    errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`));
  }
  const matcher = readable(selector);
  if (matcher === undefined) errors.push(invalid('spec.selector', selector, unreadable));
  return { errors, matcher };
}

/** Pods that are replaced when they end must not end by themselves; `kind` is the word of the complaint. */
export function validateLastingPod({ spec }: PodTemplateSpec, kind: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec?.restartPolicy !== 'Always') errors.push(unsupported('spec.template.spec.restartPolicy', spec?.restartPolicy ?? '', ['Always']));
  if (spec?.activeDeadlineSeconds !== undefined) {
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return errors;
}

function readable(selector: LabelSelector | undefined): ReturnType<typeof fromLabelSelector> | undefined {
  try {
    return fromLabelSelector(selector);
  } catch {
    return undefined;
  }
}

/** Counters of a status that must not be negative. */
export const validateCounters = (status: object, names: readonly string[]): FieldError[] =>
  names.flatMap((name) => validateNonnegative((status as Record<string, number | undefined>)[name], `status.${name}`));

interface Counters {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
}

/** The named counters count some of `replicas`; the available ones are also ready. `ready` is what the last complaint calls those. */
export function validateShares(status: Counters, names: readonly string[], ready = 'readyReplicas'): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const errors = names.flatMap((name) => {
    const value = (status as Record<string, number | undefined>)[name] ?? 0;
    return value > replicas ? [invalid(`status.${name}`, value, 'cannot be greater than status.replicas')] : [];
  });
  if (availableReplicas > readyReplicas)
    errors.push(invalid('status.availableReplicas', availableReplicas, `cannot be greater than ${ready}`));
  return errors;
}

interface WithTemplate extends KubeObject {
  readonly spec: { readonly template: PodTemplateSpec };
}

/** What is allowed but seldom meant: said on create, and again when the template changes. Mirrors WarningsOnCreate and WarningsOnUpdate. */
export function workloadWarnings(object: WithTemplate, previous: WithTemplate | undefined): string[] {
  const { spec, metadata } = object;
  if (previous && sameValue(spec.template, previous.spec.template)) return [];
  const problems = previous ? [] : isDNS1123Label(metadata.name);
  const name =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: ';
  return [...(problems.length > 0 ? [`${name}[${problems.join(' ')}]`] : []), ...podTemplateWarnings(spec.template, 'spec.template')];
}
