import { Namespace } from '#lib/api/core/namespace';
import type { AnyKind } from '#lib/api/kind';
import { kinds, storedKind } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { Selector } from '#lib/api/validation/selectors';
import type { World } from '#lib/reconcile/world';
import type { Operation } from './outside';

/** What a rule of a webhook or a policy says. Absent lists match nothing. */
export interface MatchRule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
}

/** What a rule is held against. */
export interface Matched {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string;
  readonly operation: Operation;
  readonly namespaced: boolean;
}

const GROUP = 'admissionregistration.k8s.io';
const EXEMPT = /^(validating|mutating)(webhookconfigurations|admissionpolic(ies|ybindings))$/;

/** Nobody may lock himself out: what configures admission is never subject to it. Mirrors exclusion of apiserver/pkg/admission. */
export const isExempt = ({ group, plural }: AnyKind): boolean => group === GROUP && EXEMPT.test(plural);

const holds = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

/** Mirrors rules.Matcher of apiserver/pkg/admission/plugin/webhook/predicates. */
export function isCovered(rule: MatchRule, asked: Matched): boolean {
  const { scope = '*' } = rule;
  if (scope === 'Namespaced' && !asked.namespaced) return false;
  if (scope === 'Cluster' && asked.namespaced) return false;
  if (!holds(rule.apiGroups, asked.group) || !holds(rule.apiVersions, asked.version) || !holds(rule.operations, asked.operation))
    return false;
  return (rule.resources ?? []).some((name) => {
    const [resource, subresource = ''] = name.split('/', 2);
    return (resource === '*' || resource === asked.plural) && (subresource === '*' || subresource === asked.subresource);
  });
}

/** The labels of the namespace that a request is about; undefined for objects of the cluster, which selectors of namespaces let pass. */
export function namespaceLabels(
  kind: AnyKind,
  namespace: string,
  object: KubeObject,
  world: World,
): Readonly<Record<string, string>> | undefined {
  if (kind.resource === Namespace.resource) return object.metadata.labels ?? {};
  if (!kind.namespaced) return undefined;
  return world.get(Namespace, '', namespace)?.metadata.labels ?? {};
}

/** Either version of the object may bear the labels. Mirrors predicates/object. */
export const isSelected = (selector: Selector, object: KubeObject | undefined, previous: KubeObject | undefined): boolean =>
  selector.empty || [object, previous].some((one) => one !== undefined && selector.matches(one.metadata.labels));

/** In which version of its kind somebody wants to see the object. */
export interface Shape {
  readonly kind: AnyKind;
  /** The object as that version shows it; null when there is none. */
  of(object: KubeObject | undefined): KubeObject | null;
}

/** Rules, and how strictly they name versions. */
export interface Rules {
  readonly rules?: readonly MatchRule[];
  /** `Exact` or, by default, `Equivalent`. */
  readonly matchPolicy?: string;
}

/**
 * The version of the kind in which somebody wants to be asked: that of the request when a rule covers it, else, for `Equivalent`, the
 * first other one that a rule covers. Undefined when none does. `suits` may ask more of a rule.
 */
export function shapeFor(
  { rules = [], matchPolicy }: Rules,
  asked: AnyKind,
  stored: AnyKind,
  operation: Operation,
  subresource: string,
  suits: (rule: MatchRule) => boolean = () => true,
): Shape | undefined {
  const covers = ({ group, version, plural, namespaced, resource }: AnyKind): boolean => {
    const matched = { group, version, plural, subresource, operation, namespaced: namespaced && resource !== Namespace.resource };
    return rules.some((rule) => suits(rule) && isCovered(rule, matched));
  };
  if (covers(asked)) return shapeOf(asked);
  if (matchPolicy === 'Exact') return undefined;
  const other = [...kinds, ...(asked.storedAs?.versions?.() ?? [])].find(
    (kind) => kind !== asked && (kind === stored || storedKind(kind) === stored) && covers(kind),
  );
  return other && shapeOf(other);
}

const shapeOf = (kind: AnyKind): Shape => ({
  kind,
  of: (object) => (object === undefined ? null : kind.storedAs ? kind.storedAs.fromStored(object) : object),
});
