import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject, LabelSelector } from '#lib/api/meta';
import { fromLabelSelector, type Selector } from '#lib/api/validation/selectors';
import type { World } from '#lib/reconcile/world';
import type { Named } from '../policies/environment';
import { conditionsOf } from '../policies/policy';
import type { MutatingWebhook, RuleWithOperations } from 'kubernetes-types/admissionregistration/v1';

/** `apiGroups`, `apiVersions`, `operations`, `resources` and `scope` of a rule. */
export type Rule = RuleWithOperations & { readonly resources?: readonly string[]; readonly scope?: string };

/** One webhook of one configuration, ready to be matched and called. */
export interface Hook {
  readonly configuration: string;
  readonly spec: Omit<MutatingWebhook, 'rules'> & { readonly rules?: readonly Rule[] };
  readonly namespaces: Selector;
  readonly objects: Selector;
  readonly conditions: readonly Named[];
  /** Where it stands among the webhooks of its kind. */
  readonly position: number;
}

type Configuration = KubeObject & { readonly webhooks?: readonly MutatingWebhook[] };

export const MUTATING = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
export const VALIDATING = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

/**
 * All webhooks of a kind of configuration, in the order in which they are called: by the name of the configuration, then as they stand
 * there.
 */
export function hooksIn(world: World, resource: string): Hook[] {
  const kind = kindOfResource(resource);
  if (!kind || world.count(kind) === 0) return [];
  const configurations = [...(world.list(kind) as readonly Configuration[])].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const specs = configurations.flatMap(({ metadata, webhooks = [] }) => webhooks.map((spec) => ({ configuration: metadata.name, spec })));
  return specs.map(({ configuration, spec }, position) => ({
    configuration,
    spec: spec as Hook['spec'],
    namespaces: selectorOf(spec.namespaceSelector),
    objects: selectorOf(spec.objectSelector),
    conditions: conditionsOf(spec.matchConditions),
    position,
  }));
}

/** An absent selector matches everything here: defaulting makes it an empty one. */
const selectorOf = (selector: LabelSelector | undefined): Selector => fromLabelSelector(selector ?? {});
