export type Members = Record<string, unknown>;

/** `replace`, `delete` or `merge`, beside the members it speaks of. */
export const DIRECTIVE = '$patch';
/** All members that may stay. */
export const RETAIN_KEYS = '$retainKeys';
/** `$setElementOrder/<list>`: the order that the list shall have. */
export const SET_ORDER = '$setElementOrder';
/** `$deleteFromPrimitiveList/<list>`: plain values to take out of a list. */
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList';

export const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value without objects that carry `$patch`; undefined when it is one itself. Mirrors removeDirectives. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isMembers(value)) return value;
  if (DIRECTIVE in value) return undefined;
  return mapMembers(value, withoutDirectives);
}

/** The value without members that are null, at any depth. Mirrors discardNullValuesFromPatch. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMembers(value)) return value;
  return mapMembers(value, (member) => (member === null ? undefined : withoutNulls(member)));
}

function mapMembers(value: Members, map: (member: unknown) => unknown): Members {
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, map(member)] as const)
      .filter(([, member]) => member !== undefined),
  );
}
