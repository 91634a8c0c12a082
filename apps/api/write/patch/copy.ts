/** A deep copy of a JSON value: several times faster than structuredClone, which also takes care of cycles and dates. */
export function copyOf<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const out: Record<string, unknown> = { ...value };
  for (const key in out) {
    const member = out[key];
    if (typeof member === 'object' && member !== null) out[key] = copy(member);
  }
  return out;
}
