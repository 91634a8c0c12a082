/**
 * Deep equality of JSON values. A member that is undefined counts as absent, as it does on the wire;
 * null is a value of its own. Key order does not matter, list order does.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  if (Array.isArray(b)) return false;
  return sameMembers(a as Record<string, unknown>, b as Record<string, unknown>);
}

function sameMembers(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let present = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!sameValue(a[key], b[key])) return false;
    present++;
  }
  for (const key in b) if (b[key] !== undefined) present--;
  return present === 0;
}
