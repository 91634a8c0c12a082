import type { DecisionInfo } from '#lib/log/log';

/** A request whose answer was lost comes again within seconds. */
const MOST = 10_000;

type Identity = Pick<DecisionInfo, 'controller' | 'key' | 'world' | 'now'>;

/**
 * The decisions that the last entries of the log come from. A controller that got no answer asks again with the same decision, perhaps
 * another API server: it must not be carried out a second time, for a pod with a drawn name would be made twice.
 */
export class RecentDecisions {
  private readonly revisions = new Map<string, number>();

  /** The last revision that this decision wrote; undefined when it wrote nothing, or long ago. */
  revisionOf(decision: Identity): number | undefined {
    return this.revisions.get(identityOf(decision));
  }

  note(decision: Identity | undefined, revision: number): void {
    if (!decision) return;
    this.revisions.set(identityOf(decision), revision);
    if (this.revisions.size > MOST) this.revisions.delete(this.revisions.keys().next().value as string);
  }
}

/** What makes a decision this one. */
export const identityOf = ({ controller, key, world, now }: Identity): string => `${controller} ${world} ${now} ${key}`;
