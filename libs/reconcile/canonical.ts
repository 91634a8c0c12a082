/**
 * JSON with sorted members: equal values give equal texts. Written as one growing text, without lists of its parts.
 *
 * @param isLeftOut which members count as not there. Default: undefined ones
 */
export function canonicalJson(value: unknown, isLeftOut: (member: unknown) => boolean = isUndefined): string {
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value) ?? 'null';
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item, isLeftOut)}`;
    return `[${text}]`;
  }
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members).sort()) {
    if (!isLeftOut(members[key])) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key], isLeftOut)}`;
  }
  return `{${text}}`;
}

const isUndefined = (member: unknown): boolean => member === undefined;
