import { ResourceQuota } from '#lib/api/core/resourcequota';
import { sameValue } from '#lib/api/equality';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Quantity } from '#lib/api/quantity';
import { addTo, amountsOf, listOf, type Amounts } from '#lib/api/quota/amounts';
import { countedResources, nothingUsed, usageFor } from '#lib/api/quota/usage';
import { setStatus } from '#lib/reconcile/command';
import { defineKeyedController, keyOf } from '#lib/reconcile/controller';
import type { Change, World } from '#lib/reconcile/world';

/** Keeps `status.hard` and `status.used` of quotas, which count objects of any kind. Mirrors kubernetes/pkg/controller/resourcequota. */
export const resourceQuota = defineKeyedController({
  name: 'resource-quota',
  component: 'resourcequota-controller',

  keys: (change, world) =>
    change.kind === ResourceQuota ? [keyOf(change.object), ...quotasTouched(change, world)] : quotasTouched(change, world),

  decideOn(key, world) {
    const [namespace = '', name = ''] = key.split('/');
    const quota = world.get(ResourceQuota, namespace, name);
    if (!quota) return [];
    const next = { hard: listOf(amountsOf(quota.spec.hard)), used: listOf(usedOf(quota, world)) };
    return sameValue(quota.status ?? {}, next) ? [] : setStatus(quota, next);
  },
});

/** Most changes of pods are of their status and count for nothing. */
function quotasTouched({ kind, type, object, previous }: Change, world: World): string[] {
  const { namespace } = object.metadata;
  if (!namespace || world.count(ResourceQuota, namespace) === 0) return [];
  return world
    .list(ResourceQuota, namespace)
    .filter((quota) => !isSame(usage(quota, kind, type === 'DELETED' ? undefined : object), usage(quota, kind, previous)))
    .map(keyOf);
}

const usage = (quota: ResourceQuota, kind: AnyKind, object: KubeObject | undefined): Amounts =>
  object ? usageFor(quota, kind, object) : new Map();

const isSame = (a: Amounts, b: Amounts): boolean => a.size === b.size && [...a].every(([name, { nano }]) => b.get(name)?.nano === nano);

function usedOf(quota: ResourceQuota, world: World): Map<string, Quantity> {
  const used = nothingUsed(quota);
  for (const resource of countedResources(quota)) {
    const kind = world.custom.kindOfResource(resource);
    if (!kind?.namespaced) continue;
    for (const object of world.list<KubeObject>(kind, quota.metadata.namespace)) addTo(used, usageFor(quota, kind, object));
  }
  return used;
}
