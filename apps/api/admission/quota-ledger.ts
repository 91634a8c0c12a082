import { ResourceQuota } from '#lib/api/core/resourcequota';
import { sameValue } from '#lib/api/equality';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Quantity } from '#lib/api/quantity';
import { addTo, takeFrom, type Amounts } from '#lib/api/quota/amounts';
import { countedResources, nothingUsed, usageFor } from '#lib/api/quota/usage';
import type { Change, World } from '#lib/reconcile/world';

/** A world that tells what changes. */
type ToldWorld = World & { onChange(listener: (change: Change) => void): () => void };

interface Account {
  readonly quota: ResourceQuota;
  readonly used: Map<string, Quantity>;
}

const ledgers = new WeakMap<World, QuotaLedger>();

/** The ledger of a world; made, and kept up to date from then on, when somebody asks for it the first time. */
export function ledgerOf(world: World): QuotaLedger {
  let ledger = ledgers.get(world);
  if (!ledger) ledgers.set(world, (ledger = new QuotaLedger(world as ToldWorld)));
  return ledger;
}

/**
 * What quotas have used up at the head of the log: counted once, when first asked for, and then changed by what each change
 * makes of it, so that a write costs the same in a namespace of ten pods and of ten thousand.
 */
export class QuotaLedger {
  private readonly accounts = new Map<string, Map<string, Account>>();

  constructor(private readonly world: ToldWorld) {
    world.onChange?.((change) => this.take(change));
  }

  used(quota: ResourceQuota): Amounts {
    const { namespace = '', name } = quota.metadata;
    let accounts = this.accounts.get(namespace);
    if (!accounts) this.accounts.set(namespace, (accounts = new Map()));
    let account = accounts.get(name);
    // Writing its status makes another object of the same spec.
    if (!account || !this.world.onChange || !sameValue(account.quota.spec, quota.spec)) accounts.set(name, (account = this.counted(quota)));
    return account.used;
  }

  private counted(quota: ResourceQuota): Account {
    const used = nothingUsed(quota);
    for (const resource of countedResources(quota)) {
      const kind = this.world.custom.kindOfResource(resource);
      if (!kind?.namespaced) continue;
      for (const object of this.world.list<KubeObject>(kind, quota.metadata.namespace)) addTo(used, usageFor(quota, kind, object));
    }
    return { quota, used };
  }

  private take({ kind, type, object, previous }: Change): void {
    const { namespace = '', name } = object.metadata;
    const accounts = this.accounts.get(namespace);
    if (!accounts) return;
    if (kind === ResourceQuota && type === 'DELETED') accounts.delete(name);
    for (const { quota, used } of accounts.values()) shift(used, quota, kind, type === 'DELETED' ? undefined : object, previous);
  }
}

/** Changes what is used by the step from one version of an object to the next. */
export function shift(
  used: Map<string, Quantity>,
  quota: ResourceQuota,
  kind: AnyKind,
  object: KubeObject | undefined,
  previous: KubeObject | undefined,
): void {
  const [after, before] = [object && usageFor(quota, kind, object), previous && usageFor(quota, kind, previous)];
  if (before) takeFrom(used, before);
  if (after) addTo(used, after);
}
