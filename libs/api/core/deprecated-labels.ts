import type { NodeSelectorTerm } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';

/** Node labels that were renamed. Mirrors pkg/api/node/util.go, deprecatedNodeLabels. */
const DEPRECATED: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
};

/** What is to be used in place of this label of nodes; undefined when it is as good as any. Mirrors GetNodeLabelDeprecatedMessage. */
export const deprecatedLabel = (key: string): string | undefined => (Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined);

/** A warning when the label `key`, which stands at `place`, was renamed. */
export function labelWarnings(key: string, place: string): string[] {
  const text = deprecatedLabel(key);
  return text === undefined ? [] : [`${place}: ${key} is ${text}`];
}

/** Mirrors GetWarningsForNodeSelectorTerm. */
export const termWarnings = (term: NodeSelectorTerm | undefined, place: string): string[] =>
  (term?.matchExpressions ?? []).flatMap(({ key }, i) => labelWarnings(key, `${place}.matchExpressions[${i}].key`));

/** Mirrors GetWarningsForNodeSelector. */
export const selectorWarnings = (selector: LabelSelector | undefined, place: string): string[] => [
  ...(selector?.matchExpressions ?? []).flatMap(({ key }, i) => labelWarnings(key, `${place}.matchExpressions[${i}].key`)),
  ...Object.keys(selector?.matchLabels ?? {}).flatMap((key) => labelWarnings(key, `${place}.matchLabels.${key}`)),
];
