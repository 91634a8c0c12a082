import type { NodeSelectorRequirement, NodeSelectorTerm } from 'kubernetes-types/core/v1';
import type { NodeInfo } from '../node-info';
import type { PodInfo } from '../pod-info';
import { normalizeToHighest, type Plugin } from './plugin';

/** `nodeSelector` and node affinity, required and preferred. Mirrors plugins/nodeaffinity. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  judge(pod) {
    const preferred = pod.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const isBound =
      pod.pod.spec.nodeSelector !== undefined || pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
    if (!isBound && preferred.length === 0) return undefined;
    return {
      isStatic: true,
      filter: (node) =>
        isWanted(pod, node) ? undefined : { reasons: ["node(s) didn't match Pod's node affinity/selector"], unresolvable: true },
      score: (node) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
      normalize: (scores) => normalizeToHighest(scores, false),
    };
  },
};

/** The pod's node selector and required node affinity allow the node. Mirrors nodeaffinity.GetRequiredNodeAffinity. */
export function isWanted(pod: PodInfo, node: NodeInfo): boolean {
  const selector = Object.entries(pod.pod.spec.nodeSelector ?? {});
  if (!selector.every(([key, value]) => node.labels[key] === value)) return false;
  const required = pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** A term without any requirement matches nothing. */
function matchesTerm(term: NodeSelectorTerm, node: NodeInfo): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => holds(requirement, node.labels[requirement.key])) &&
    matchFields.every((requirement) => holds(requirement, requirement.key === 'metadata.name' ? node.name : undefined))
  );
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return asInteger(value) > asInteger(values[0]);
    case 'Lt':
      return asInteger(value) < asInteger(values[0]);
    default:
      return false;
  }
}

/** NaN, which compares with nothing, when it is no integer. */
const asInteger = (text: string | undefined): number => (text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : NaN);
