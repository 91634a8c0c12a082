import { APIService, AUTOMANAGED } from '#lib/api/apiregistration/apiservice';
import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import type { AggregationRule, PolicyRule, RoleRef, Subject } from 'kubernetes-types/rbac/v1';
import { compact, missing } from '../auth/rule-cover';

/** Users set it to "false" on roles and bindings that are to stay as they are. */
const AUTOUPDATE = 'rbac.authorization.k8s.io/autoupdate';

type Role = KubeObject & { rules?: PolicyRule[]; aggregationRule?: AggregationRule };
type Binding = KubeObject & { roleRef: RoleRef; subjects?: Subject[] };

/**
 * The object as it should be at a start; undefined when it is so, when its owner wants to keep it, and for kinds of which only what is
 * missing is made.
 */
export function completed(current: KubeObject, wanted: KubeObject): KubeObject | undefined {
  if (wanted.kind === APIService.kind) return restored(current as APIService, wanted as APIService);
  if (wanted.kind === 'ConfigMap')
    return sameValue(dataOf(current), dataOf(wanted)) ? undefined : ({ ...current, data: dataOf(wanted) } as KubeObject);
  return enriched(current, wanted);
}

/** What this server serves, it serves again, whoever was asked to meanwhile. Mirrors AddAPIServiceToSyncOnStart of kube-aggregator. */
function restored(current: APIService, { spec }: APIService): APIService | undefined {
  return current.metadata.labels?.[AUTOMANAGED] !== 'onstart' || sameValue(current.spec, spec) ? undefined : { ...current, spec };
}

const dataOf = (object: KubeObject): unknown => (object as { data?: object }).data;

/**
 * Roles and bindings with everything that `wanted` has and they lack; nothing is taken away. Mirrors
 * component-helpers/auth/rbac/reconciliation.
 */
function enriched(current: KubeObject, wanted: KubeObject): KubeObject | undefined {
  if (!wanted.apiVersion.startsWith('rbac.authorization.k8s.io/') || current.metadata.annotations?.[AUTOUPDATE] === 'false')
    return undefined;
  const { labels, annotations } = wanted.metadata;
  const metadata = {
    ...current.metadata,
    labels: { ...labels, ...current.metadata.labels },
    annotations: { ...annotations, ...current.metadata.annotations },
  };
  const next = {
    ...current,
    metadata,
    ...('roleRef' in current ? subjectsOf(current as Binding, wanted as Binding) : rulesOf(current as Role, wanted as Role)),
  };
  return sameValue(next, current) ? undefined : next;
}

/** What another controller collects is not ours to complete. */
function rulesOf(current: Role, wanted: Role): Partial<Role> {
  if (!wanted.aggregationRule) {
    const lacking = compact(missing(current.rules ?? [], wanted.rules ?? []));
    return { rules: [...(current.rules ?? []), ...lacking], ...(current.aggregationRule && { aggregationRule: undefined }) };
  }
  const known = current.aggregationRule?.clusterRoleSelectors ?? [];
  const lacking = (wanted.aggregationRule.clusterRoleSelectors ?? []).filter((selector) => !known.some((one) => sameValue(one, selector)));
  return { aggregationRule: { clusterRoleSelectors: [...known, ...lacking] } };
}

function subjectsOf(current: Binding, wanted: Binding): Partial<Binding> {
  const known = current.subjects ?? [];
  const isKnown = ({ kind, name, namespace }: Subject): boolean =>
    known.some((one) => one.kind === kind && one.name === name && one.namespace === namespace);
  return { subjects: [...known, ...(wanted.subjects ?? []).filter((subject) => !isKnown(subject))] };
}
