import { Erasure } from '#lib/api/decklog/erasure';
import { expired } from '#lib/api/errors';
import type { BundleHeader } from '#lib/log/bundle';
import type { World } from '#lib/reconcile/world';

/** From which revision on each resource can be read, as the Erasures in the world say. */
export class Horizons {
  private counted = -1;
  private readonly earliest = new Map<string, number>();

  /** @param bundle where the log itself begins later than at its first entry */
  constructor(
    private readonly world: () => World & { count(kind: typeof Erasure): number },
    private readonly bundle?: Pick<BundleHeader, 'from' | 'horizons'>,
  ) {}

  /** 0 when nothing was ever pruned of it. */
  of(resource: string): number {
    const count = this.world().count(Erasure); // Erasures never go, so a new one shows in their number
    if (count !== this.counted) {
      for (const { spec } of this.world().list(Erasure)) {
        if (spec.what === 'Prune') this.earliest.set(spec.resource, Math.max(spec.earliest ?? 0, this.earliest.get(spec.resource) ?? 0));
      }
      this.counted = count;
    }
    const begin = this.bundle ? Math.max(this.bundle.from - 1, this.bundle.horizons[resource] ?? 0) : 0;
    return Math.max(begin, this.earliest.get(resource) ?? 0);
  }

  /** @throws ApiError 410 when the resource can no longer be read at this revision; it names the earliest. */
  require(resource: string, revision: number): void {
    const earliest = this.of(resource);
    if (revision < earliest) throw expired(`the history of ${resource} before revision ${earliest} ${this.bundle ? 'is not in this bundle' : 'was pruned'}: that is the earliest at which they can be read, not ${revision}`);
  }
}
