import type { PriorityLevelConfiguration } from '#lib/api/flowcontrol/prioritylevelconfiguration';

/** Somebody who waits for a seat. */
export interface Waiter {
  readonly go: () => void;
  readonly queue: number;
}

/** One priority level at work: how many seats it has, who sits and who waits. */
export class Level {
  running = 0;
  waiting = 0;
  /** Seats that it has whatever the others do. */
  seats = 0;
  private queues = new Map<number, Waiter[]>();
  private next = 0;

  constructor(public config: PriorityLevelConfiguration) {}

  get isExempt(): boolean {
    return this.config.spec.type === 'Exempt';
  }

  get shares(): number {
    return this.config.spec.limited?.nominalConcurrencyShares ?? 0;
  }

  /**
   * The queue for a flow: the shortest of the few that it is dealt, so that one flow cannot fill them all. Undefined when that is full, or
   * there is none.
   */
  queueFor(flow: string): number | undefined {
    const { type, queuing } = this.config.spec.limited?.limitResponse ?? { type: 'Reject' };
    if (type !== 'Queue') return undefined;
    const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing ?? {};
    let best: number | undefined;
    for (const queue of handOf(flow, queues, handSize)) if (best === undefined || this.lengthOf(queue) < this.lengthOf(best)) best = queue;
    return best !== undefined && this.lengthOf(best) < queueLengthLimit ? best : undefined;
  }

  push(waiter: Waiter): void {
    const queue = this.queues.get(waiter.queue);
    if (queue) queue.push(waiter);
    else this.queues.set(waiter.queue, [waiter]);
    this.waiting++;
  }

  /** The first of the next queue in turn. */
  shift(): Waiter | undefined {
    const waiting = [...this.queues.entries()];
    const entry = waiting[this.next++ % Math.max(waiting.length, 1)];
    const waiter = entry?.[1][0];
    if (waiter) this.drop(waiter);
    return waiter;
  }

  drop(waiter: Waiter): boolean {
    const queue = this.queues.get(waiter.queue);
    const at = queue?.indexOf(waiter) ?? -1;
    if (!queue || at < 0) return false;
    queue.splice(at, 1);
    if (queue.length === 0) this.queues.delete(waiter.queue);
    this.waiting--;
    return true;
  }

  private lengthOf(queue: number): number {
    return this.queues.get(queue)?.length ?? 0;
  }
}

/** `size` different queues of `count`, always the same for one flow. Mirrors shufflesharding. */
export function handOf(flow: string, count: number, size: number): number[] {
  let hash = 2_166_136_261;
  for (let i = 0; i < flow.length; i++) hash = Math.imul(hash ^ flow.charCodeAt(i), 16_777_619) >>> 0;
  const hand: number[] = [];
  for (let card = 0; card < Math.min(size, count); card++) {
    hash = (Math.imul(hash, 1_664_525) + 1_013_904_223) >>> 0;
    let queue = (hash >>> 8) % count;
    while (hand.includes(queue)) queue = (queue + 1) % count;
    hand.push(queue);
  }
  return hand;
}
