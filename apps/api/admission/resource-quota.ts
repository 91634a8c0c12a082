import { Pod } from '#lib/api/core/pod/pod';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import { ResourceQuota } from '#lib/api/core/resourcequota';
import { Service } from '#lib/api/core/service';
import { PersistentVolumeClaim } from '#lib/api/core/persistentvolumeclaim';
import { forbiddenAccess } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { compareQuantities, type Quantity } from '#lib/api/quantity';
import { amountsOf, pick, printAmounts, takeFrom, type Amounts } from '#lib/api/quota/amounts';
import { missingDemands } from '#lib/api/quota/pod-usage';
import { isInScope } from '#lib/api/quota/scopes';
import { usageFor } from '#lib/api/quota/usage';
import type { View } from '../write/view';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';
import { ledgerOf, shift } from './quota-ledger';

/**
 * Nobody uses more of a namespace than its quotas allow. It is counted at the head of the log with what the batch holds already, so it is
 * exact: two pods can never take the same last place. Upstream counts from `status.used` and waits until a controller has set that.
 * Mirrors apiserver/pkg/admission/plugin/resourcequota.
 */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  settle(request, view) {
    if (!request.kind.namespaced || !isCounted(request) || view.world.count(ResourceQuota, request.namespace) === 0) return;
    for (const quota of view.world.list(ResourceQuota, request.namespace)) hold(quota, request, view);
  },
};

/** Objects count when they come; some may grow. */
function isCounted({ kind, operation, subresource }: AdmissionRequest): boolean {
  if (operation === 'CREATE') return !subresource;
  if (operation !== 'UPDATE') return false;
  if (kind === Pod) return subresource === 'resize';
  return !subresource && (kind === Service || kind === PersistentVolumeClaim);
}

function hold(quota: ResourceQuota, { kind, object, previous }: AdmissionRequest, view: View): void {
  const { name } = quota.metadata;
  const hard = amountsOf(quota.spec.hard);
  const missing = kind === Pod && isInScope(quota, object) ? missingDemands((object as Pod).spec as PodSpec, [...hard.keys()]) : undefined;
  if (missing !== undefined) throw forbiddenAccess(kind, object.metadata.name, `failed quota: ${name}: ${missing}`);
  const requested = increase(usageFor(quota, kind, object), previous && usageFor(quota, kind, previous));
  if (requested.size === 0) return;
  const used = usedAtHead(quota, view);
  const exceeded = [...requested.keys()].filter((key) => isExceeded(used.get(key), requested.get(key) as Quantity, hard.get(key)));
  if (exceeded.length === 0) return;
  const print = (amounts: Amounts): string => printAmounts(pick(amounts, exceeded));
  throw forbiddenAccess(
    kind,
    object.metadata.name,
    `exceeded quota: ${name}, requested: ${print(requested)}, used: ${print(used)}, limited: ${print(hard)}`,
  );
}

/** Only what grows is asked for. */
function increase(usage: Amounts, before: Amounts | undefined): Map<string, Quantity> {
  const more = new Map(usage);
  if (before) takeFrom(more, before);
  return new Map([...more].filter(([, { nano }]) => nano > 0n));
}

const isExceeded = (used: Quantity | undefined, more: Quantity, hard: Quantity | undefined): boolean =>
  hard !== undefined && compareQuantities({ nano: (used?.nano ?? 0n) + more.nano, format: more.format }, hard) > 0;

/** What is in the log, and what the batch that is being put together adds to it. */
function usedAtHead(quota: ResourceQuota, view: View): Amounts {
  const used = ledgerOf(view.world).used(quota);
  const pending = view.pendingIn(quota.metadata.namespace ?? '');
  if (pending.length === 0) return used;
  const total = new Map(used);
  for (const { kind, type, object } of pending) {
    const stored = view.world.get(kind, object.metadata.namespace ?? '', object.metadata.name) as KubeObject | undefined;
    shift(total, quota, kind, type === 'DELETED' ? undefined : object, stored);
  }
  return total;
}
