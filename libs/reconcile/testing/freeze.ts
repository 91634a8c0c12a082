/** A copy that throws when anybody writes to it: controllers must not change what the world shares. */
export const frozenCopy = <T>(value: T): T => freezeDeep(structuredClone(value));

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}
