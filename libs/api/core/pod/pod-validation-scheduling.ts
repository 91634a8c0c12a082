import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodAntiAffinity,
  Toleration,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { duplicate, forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { validateLabelName, validateLabelSelector } from '#lib/api/validation/labels';
import { isDNS1123Label, isDNS1123Subdomain, isValidLabelValue } from '#lib/api/validation/names';
import { unsupported } from '#lib/api/validation/rules';
import { NOT_POSITIVE, obey, oneOf, qualifiedName } from '#lib/api/core/pod/pod-validation-rules';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Mirrors validateAffinity. */
export function validateAffinity(affinity: Affinity | undefined, field: string): FieldError[] {
  const node = affinity?.nodeAffinity;
  const path = `${field}.nodeAffinity`;
  const needed = node?.requiredDuringSchedulingIgnoredDuringExecution;
  return [
    ...(needed ? validateNodeSelector(needed, `${path}.requiredDuringSchedulingIgnoredDuringExecution`) : []),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, preference }, i) => {
      const item = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      return [...weightRange(weight, item), ...validateNodeSelectorTerm(preference, `${item}.preference`, false)];
    }),
    ...validatePodAffinity(affinity?.podAffinity, `${field}.podAffinity`),
    ...validatePodAffinity(affinity?.podAntiAffinity, `${field}.podAntiAffinity`),
  ];
}

const weightRange = (weight: number, field: string): FieldError[] =>
  weight > 0 && weight <= 100 ? [] : [invalid(`${field}.weight`, weight ?? 0, 'must be in the range 1-100')];

/** Which nodes, by terms of which one must hold. Mirrors ValidateNodeSelector. */
export function validateNodeSelector({ nodeSelectorTerms: terms = [] }: NodeSelector, field: string): FieldError[] {
  const path = `${field}.nodeSelectorTerms`;
  if (terms.length === 0) return [required(path, 'must have at least one node selector term')];
  return terms.flatMap((term, i) => validateNodeSelectorTerm(term, `${path}[${i}]`, true));
}

function validateNodeSelectorTerm(term: NodeSelectorTerm, field: string, checksValues: boolean): FieldError[] {
  return [
    ...(term?.matchExpressions ?? []).flatMap((one, i) => validateNodeRequirement(one, `${field}.matchExpressions[${i}]`, checksValues)),
    ...(term?.matchFields ?? []).flatMap((one, i) => validateNodeField(one, `${field}.matchFields[${i}]`)),
  ];
}

function validateNodeRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  field: string,
  checksValues: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) errors.push(required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  errors.push(...validateLabelName(key ?? '', `${field}.key`));
  if (checksValues) for (const [i, value] of values.entries()) errors.push(...obey(`${field}.values[${i}]`, value, isValidLabelValue));
  return errors;
}

function validateNodeField({ key, operator, values = [] }: NodeSelectorRequirement, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  else if (values.length !== 1) {
    errors.push(required(`${field}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  }
  if (key !== 'metadata.name') return [...errors, invalid(`${field}.key`, key ?? '', 'not a valid field selector key')];
  return [...errors, ...values.flatMap((value, i) => obey(`${field}.values[${i}]`, value, isDNS1123Subdomain))];
}

/** Affinity and anti-affinity to pods have the same form. */
function validatePodAffinity(affinity: PodAntiAffinity | undefined, field: string): FieldError[] {
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, i) =>
      validatePodAffinityTerm(term, `${field}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`),
    ),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const item = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      return [...weightRange(weight, item), ...validatePodAffinityTerm(podAffinityTerm, `${item}.podAffinityTerm`)];
    }),
  ];
}

function validatePodAffinityTerm(term: PodAffinityTerm, field: string): FieldError[] {
  const topologyKey = term.topologyKey ?? '';
  return [
    ...validateLabelSelector(term.labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${field}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap((name) => obey(`${field}.namespace`, name, isDNS1123Label)),
    ...validateLabelKeys(term.matchLabelKeys, term.labelSelector, `${field}.matchLabelKeys`),
    ...validateLabelKeys(term.mismatchLabelKeys, term.labelSelector, `${field}.mismatchLabelKeys`),
    ...repeatedKeys(term, field),
    ...(topologyKey === '' ? [required(`${field}.topologyKey`, 'can not be empty')] : []),
    ...validateLabelName(topologyKey, `${field}.topologyKey`),
  ];
}

function validateLabelKeys(keys: readonly string[] | undefined, selector: LabelSelector | undefined, field: string): FieldError[] {
  if (!keys?.length) return [];
  if (!selector) return [forbidden(field, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => validateLabelName(key, `${field}[${i}]`));
}

/** The selector already holds what was made of matchLabelKeys, so one mention of a key is ours and a second the user's. */
function repeatedKeys({ matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: PodAffinityTerm, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const index = matchLabelKeys.lastIndexOf(key);
    if (index >= 0 && seen.has(key)) errors.push(invalid(`${field}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
    seen.add(key);
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    if (mismatchLabelKeys.includes(key))
      errors.push(invalid(`${field}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  }
  return errors;
}

/** Mirrors ValidateTolerations. */
export function validateTolerations(tolerations: readonly Toleration[] | undefined, field: string): FieldError[] {
  return (tolerations ?? []).flatMap(({ key = '', operator = '', value = '', effect = '', tolerationSeconds }, i) => {
    const path = `${field}[${i}]`;
    const errors = key ? validateLabelName(key, `${path}.key`) : [];
    if (!key && operator !== 'Exists') {
      errors.push(
        invalid(`${path}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'),
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === 'Equal' || operator === '') {
      const problems = isValidLabelValue(value);
      if (problems.length > 0) errors.push(invalid(`${path}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(unsupported(`${path}.operator`, operator, ['Equal', 'Exists']));
    if (effect) errors.push(...validateTaintEffect(effect, `${path}.effect`));
    return errors;
  });
}

/** What a taint does, or a toleration bears. Mirrors validateTaintEffect. */
export const validateTaintEffect = (effect: string, field: string): FieldError[] => oneOf(field, effect, EFFECTS);

/** Mirrors validateTopologySpreadConstraints. */
export function validateTopologySpread(constraints: readonly TopologySpreadConstraint[] | undefined, field: string): FieldError[] {
  return (constraints ?? []).flatMap((constraint, i, all) => {
    const path = `${field}[${i}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    const errors: FieldError[] = [];
    if (!(maxSkew > 0)) errors.push(invalid(`${path}.maxSkew`, maxSkew ?? 0, NOT_POSITIVE));
    if (!topologyKey) errors.push(required(`${path}.topologyKey`, 'can not be empty'));
    errors.push(...oneOf(`${path}.whenUnsatisfiable`, whenUnsatisfiable ?? '', ['DoNotSchedule', 'ScheduleAnyway']));
    const isRepeated = all.slice(i + 1).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (isRepeated) errors.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
    if (minDomains !== undefined && minDomains <= 0) errors.push(invalid(`${path}.minDomains`, minDomains, NOT_POSITIVE));
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      errors.push(
        invalid(`${path}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`),
      );
    }
    errors.push(...oneOf(`${path}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Honor', 'Ignore']));
    errors.push(...oneOf(`${path}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Honor', 'Ignore']));
    errors.push(...spreadKeys(constraint, `${path}.matchLabelKeys`));
    return [...errors, ...validateLabelSelector(labelSelector, `${path}.labelSelector`)];
  });
}

function spreadKeys({ matchLabelKeys = [], labelSelector }: TopologySpreadConstraint, field: string): FieldError[] {
  if (matchLabelKeys.length === 0) return [];
  const errors = labelSelector ? [] : [forbidden(field, 'must not be specified when labelSelector is not set')];
  const selected = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  for (const [i, key] of matchLabelKeys.entries()) {
    errors.push(...validateLabelName(key, `${field}[${i}]`));
    if (selected.has(key)) errors.push(invalid(`${field}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'));
  }
  return errors;
}

/** Mirrors validateSchedulingGates. */
export function validateSchedulingGates(gates: readonly { name: string }[] | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return (gates ?? []).flatMap(({ name }, i) => {
    const errors = qualifiedName(`${field}[${i}]`, name);
    if (seen.has(name)) errors.push(duplicate(`${field}[${i}]`, name));
    seen.add(name);
    return errors;
  });
}
