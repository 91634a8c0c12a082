import { fixed, scaled, TRAVERSAL, type CallEstimate, type Overload, type Range } from '../declarations';
import { sizeOf } from '../values';

type Charges = Pick<Overload, 'cost' | 'estimate'>;

/**
 * What walking once over the argument at `index` costs, times `factor`. `size` tells the size of the result from those of the arguments.
 */
export const walking = (index: number, factor = 1, size?: (sizes: readonly Range[]) => Range): Charges => ({
  cost: (...args: unknown[]) => Math.ceil(sizeOf(args[index]) * factor * TRAVERSAL),
  estimate: (...sizes): CallEstimate => ({ cost: scaled(sizes[index] as Range, factor * TRAVERSAL), ...(size && { size: size(sizes) }) }),
});

/** One unit for every item of the list it is called on. */
export const perItem: Charges = {
  cost: (list: unknown) => sizeOf(list),
  estimate: (size): CallEstimate => ({ cost: size as Range }),
};

/** The same, whatever the arguments. */
export const flat = (amount: number): Charges => ({ cost: () => amount, estimate: () => ({ cost: fixed(amount) }) });
