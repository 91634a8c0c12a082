import { Erasure } from '#lib/api/decklog/erasure';
import { badRequest, expired, notFound, type ApiError } from '#lib/api/errors';
import type { BundleHeader } from '#lib/log/bundle/bundle';
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

  /** For what takes the whole log, and the key that signs it. @throws ApiError 400 when there is but a part of it */
  requireWhole(): void {
    if (this.bundle) throw badRequest('that takes the whole log, of which this bundle is a part: `decklog verify FILE` checks a bundle');
  }

  /** @throws ApiError 410 when the resource can no longer be read at this revision; it names the earliest. */
  require(resource: string, revision: number): void {
    if (revision < this.of(resource))
      throw expired(`${this.sentence(resource)}: that is the earliest at which they can be read, not ${revision}`);
  }

  /** What a list of versions must not keep quiet about: that the oldest are not among them. */
  note(resource: string): string | undefined {
    return this.of(resource) === 0 ? undefined : `${this.sentence(resource)}: versions that were replaced before it are missing here`;
  }

  /** Why there is no entry of this revision: revisions have no holes, so it is yet to come, or somebody took it. */
  missing(revision: number, head: number): ApiError {
    if (revision > head) return notFound({ group: '', plural: 'entries' }, String(revision));
    return expired(
      this.bundle ? `entry ${revision} is not in this bundle` : `the content of entry ${revision} was pruned: only its hash is left`,
    );
  }

  private sentence(resource: string): string {
    return `the history of ${resource} before revision ${this.of(resource)} ${this.bundle ? 'is not in this bundle' : 'was pruned'}`;
  }
}
