import { CelCostExceeded } from './issues';

/** One evaluation: the values of its names, and what it has cost so far. */
export class Frame {
  cost = 0;

  constructor(
    readonly slots: unknown[],
    private readonly limit: number,
  ) {}

  /** @throws CelCostExceeded when it is more than the evaluation may cost. */
  spend(amount: number): void {
    this.cost += amount;
    if (this.cost > this.limit) throw new CelCostExceeded();
  }
}

/** A compiled node. */
export type Step = (frame: Frame) => unknown;
