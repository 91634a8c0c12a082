import { badRequest } from '#lib/api/errors';
import { isMembers } from './directives';

/**
 * The order of a merged list: what the patch (or its `$setElementOrder`) names stands in that order, what only the server
 * has keeps its order, and both are woven together by where they stood on the server.
 * Mirrors normalizeElementOrder and mergeSortedSlice of apimachinery/pkg/util/strategicpatch/patch.go.
 */
export function inOrder(
  named: readonly unknown[],
  others: readonly unknown[],
  order: readonly unknown[],
  serverOrder: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const placeInOrder = placesOf(order, mergeKey);
  const placeOnServer = placesOf(serverOrder, mergeKey);
  const right = sorted(named, placeInOrder);
  const left = sorted(others, placeOnServer);
  const woven: unknown[] = [];
  let next = 0;
  for (const item of right) {
    const limit = placeOnServer(item);
    while (next < left.length && limit >= 0 && placeOnServer(left[next]) >= 0 && placeOnServer(left[next]) < limit)
      woven.push(left[next++]);
    woven.push(item);
  }
  return [...woven, ...left.slice(next)];
}

/** Splits a list into the items that `by` names and the others. */
export function partition(list: readonly unknown[], by: readonly unknown[], mergeKey: string): { named: unknown[]; others: unknown[] } {
  const place = placesOf(by, mergeKey);
  const named: unknown[] = [];
  const others: unknown[] = [];
  for (const item of list) {
    if (mergeKey !== '' && !(isMembers(item) && mergeKey in item)) {
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    }
    (place(item) >= 0 ? named : others).push(item);
  }
  return { named, others };
}

/** Looks up where an item with the same key stands first, or -1. */
function placesOf(list: readonly unknown[], mergeKey: string): (item: unknown) => number {
  const places = new Map<unknown, number>();
  list.forEach((item, at) => {
    const key = keyOf(item, mergeKey);
    if (!places.has(key)) places.set(key, at);
  });
  return (item) => places.get(keyOf(item, mergeKey)) ?? -1;
}

const keyOf = (item: unknown, mergeKey: string): unknown => (mergeKey === '' ? item : isMembers(item) ? item[mergeKey] : undefined);

/** Stable; items without a place stay where they are relative to each other. */
const sorted = (items: readonly unknown[], place: (item: unknown) => number): unknown[] =>
  [...items].sort((a, b) => (place(a) >= 0 && place(b) >= 0 ? place(a) - place(b) : 0));
