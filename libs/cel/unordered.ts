import type { ListType } from './types';
import { equal, isMap, mapGet } from './values';

/** `==` for lists whose order means nothing (`x-kubernetes-list-type: set` and `map`). */
export const unorderedEqual =
  ({ listType, keys = [] }: ListType) =>
  (a: unknown, b: unknown): boolean => {
    if (!Array.isArray(a) || !Array.isArray(b)) return equal(a, b);
    if (a.length !== b.length) return false;
    const same = listType === 'set' ? equal : (x: unknown, y: unknown): boolean => sameKeys(keys, x, y) && equal(x, y);
    return a.every((item) => b.some((other) => same(item, other)));
  };

/** `+` for such lists: what the second has and the first has not is appended; items with the same keys are replaced. */
export function unorderedSum({ listType, keys = [] }: ListType, a: readonly unknown[], b: readonly unknown[]): readonly unknown[] {
  if (listType === 'set') return [...a, ...b.filter((item) => !a.some((other) => equal(item, other)))];
  const replaced = a.map((item) => b.find((other) => sameKeys(keys, item, other)) ?? item);
  return [...replaced, ...b.filter((item) => !a.some((other) => sameKeys(keys, item, other)))];
}

const sameKeys = (keys: readonly string[], a: unknown, b: unknown): boolean =>
  isMap(a) && isMap(b) && keys.every((key) => equal(mapGet(a, key), mapGet(b, key)));
