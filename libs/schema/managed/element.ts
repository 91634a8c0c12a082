import type { ListNode } from './schema-node';

type Members = Readonly<Record<string, unknown>>;

/** The element of a field or of a member of a map. */
export const fieldElement = (name: string): string => `f:${name}`;

/** True for what a map consists of: no list, no plain value, not null. */
export const isMap = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The element of an item of an associative list. Nothing is refused here: a key that an item lacks is left out. */
export function itemElement({ keys, defaults }: ListNode, item: unknown): string {
  if (keys.length === 0) return `v:${JSON.stringify(item ?? null)}`;
  const members: Members = isMap(item) ? item : {};
  const [only] = keys;
  if (keys.length === 1 && typeof members[only as string] === 'string')
    return elementOfText(only as string, members[only as string] as string);
  let text = '';
  for (const key of keys) {
    const value = members[key] ?? defaults[key];
    if (value !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `k:{${text}}`;
}

const PLAIN = /^[\w./:-]*$/;

/** Nearly all keys are one name. */
const elementOfText = (key: string, value: string): string => `k:{"${key}":${PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)}}`;

/** Whether two items would have the same element, without making it. */
export function isSameItem({ keys, defaults }: ListNode, a: unknown, b: unknown): boolean {
  if (keys.length === 0) return a === b;
  if (!isMap(a) || !isMap(b)) return false;
  for (const key of keys) {
    if ((a[key] ?? defaults[key]) !== (b[key] ?? defaults[key])) return false;
  }
  return true;
}

/** Why an item has no place in an associative list; undefined when it has one. Mirrors listItemToPathElement of typed/helpers.go. */
export function itemProblem({ keys, defaults }: ListNode, item: unknown): string | undefined {
  if (keys.length === 0) {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    if (Array.isArray(item)) return 'not supported: associative list with lists as elements';
    return isMap(item) ? "associative list without keys has an element that's a map type" : undefined;
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (!isMap(item)) return 'associative list with keys may not have non-map elements';
  const missing = keys.find((key) => item[key] === undefined && defaults[key] === undefined);
  return (
    missing && `associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`
  );
}

/** An element as messages show it: `.spec`, `[name="web"]`, `[="a"]`, `[0]`. Mirrors PathElement.String. */
export function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k':
      return `[${Object.entries(JSON.parse(rest) as Members)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    case 'v':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

/** `.spec.template.spec.containers[name="web"].image` */
export const pathText = (path: readonly string[]): string => path.map(elementText).join('');
