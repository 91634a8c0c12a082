import type { ManagedFieldsEntry } from '#lib/api/meta';
import { LEAF, sortedNode, type FieldNode, type Fields } from './fields';

/** Who owns which fields: one entry of `metadata.managedFields`. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** RFC 3339, whole seconds. Entries that came from `scale` have none. */
  readonly time: string | undefined;
  readonly fields: FieldNode;
}

/** All managers of an object by their identity. */
export type Managers = Map<string, Manager>;

/** Upstream keeps so many entries of updates; the oldest are put together. Mirrors DefaultMaxUpdateManagers. */
export const MAX_UPDATE_MANAGERS = 10;

const ANCIENT = 'ancient-changes';

/**
 * Whoever applies keeps his identity when he changes to another version; updates of another version are another's. Mirrors
 * BuildManagerIdentifier.
 */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Omit<Manager, 'time' | 'fields'>): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);

/** Reads `metadata.managedFields`; undefined when they make no sense. Mirrors DecodeManagedFields. */
export function managersOf(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const { manager = '', operation, apiVersion, subresource = '', time, fieldsType, fieldsV1 } = entry;
    if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || fieldsType !== 'FieldsV1') return undefined;
    const fields = checkedFields(fieldsV1 ?? LEAF);
    if (fields === false) return undefined;
    const read = { manager, operation, apiVersion, subresource, time: time as string | undefined, fields: fields ?? LEAF } as const;
    managers.set(identityOf(read), read);
  }
  return managers;
}

/** Sets that were found in order before: what this server wrote, and what was read back once. */
const checked = new WeakSet<object>();

/** A set as a client wrote it, in order; false when it is none. */
function checkedFields(given: object): Fields | false {
  if (checked.has(given)) return given as FieldNode;
  const fields = orderedNode(given);
  if (fields === false) return false;
  if (fields === LEAF) return undefined;
  checked.add(fields);
  return fields;
}

function orderedNode(given: unknown): FieldNode | false {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  const names = Object.keys(given);
  if (names.length === 0) return LEAF;
  const out: Record<string, FieldNode> = {};
  let isSame = true;
  for (const name of names) {
    if (name !== '.' && !isElement(name)) return false;
    const value = (given as Record<string, unknown>)[name];
    const child = orderedNode(value);
    if (child === false) return false;
    isSame &&= child === value;
    out[name] = child;
  }
  const sorted = sortedNode('.' in out, out) as FieldNode;
  return isSame && isInOrder(names, sorted) ? (given as FieldNode) : sorted;
}

function isInOrder(names: readonly string[], sorted: FieldNode): boolean {
  let i = 0;
  for (const element in sorted) if (names[i++] !== element) return false;
  return i === names.length;
}

/** Mirrors DeserializePathElement. */
function isElement(text: string): boolean {
  if (text[1] !== ':') return false;
  const rest = text.slice(2);
  if (text[0] === 'f') return true;
  if (text[0] === 'i') return /^-?\d+$/.test(rest);
  if (text[0] !== 'k' && text[0] !== 'v') return false;
  try {
    const value: unknown = JSON.parse(rest);
    return text[0] === 'v' || (typeof value === 'object' && value !== null && !Array.isArray(value));
  } catch {
    return false;
  }
}

/**
 * Writes `metadata.managedFields`: Apply before Update, older before newer; undefined when there is nothing to write. Mirrors
 * encodeManagedFields.
 */
export function entriesOf(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].map(entryOf).sort(compareEntries);
}

/** One entry, with its members in the order of the Go struct. */
export function entryOf({ manager, operation, apiVersion, subresource, time, fields }: Manager): ManagedFieldsEntry {
  checked.add(fields);
  const entry: Record<string, unknown> = manager === '' ? { operation, apiVersion } : { manager, operation, apiVersion };
  if (time !== undefined) entry.time = time;
  entry.fieldsType = 'FieldsV1';
  entry.fieldsV1 = fields;
  if (subresource !== '') entry.subresource = subresource;
  return entry as ManagedFieldsEntry;
}

const byText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of the list: Apply before Update, older before newer, then by name. Mirrors sortEncodedManagedFields. */
export function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    byText(a.operation, b.operation) ||
    byText(a.time as string | undefined, b.time as string | undefined) ||
    byText(a.manager, b.manager) ||
    byText(a.apiVersion, b.apiVersion) ||
    byText(a.subresource, b.subresource)
  );
}

/**
 * Puts the oldest updates of each version together until there are no more than MAX_UPDATE_MANAGERS. Changes the map.
 * Mirrors capUpdateManagers of capmanagers.go.
 */
export function capUpdates(managers: Managers, union: (a: Fields, b: Fields) => Fields): void {
  const updates = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updates.length <= MAX_UPDATE_MANAGERS) return;
  updates.sort(([idA, a], [idB, b]) => byText(a.time, b.time) || byText(idA, idB));
  const first = new Map<string, string>();
  let left = updates.length;
  for (const [id, { apiVersion, fields, time }] of updates) {
    if (left <= MAX_UPDATE_MANAGERS) return;
    const known = first.get(apiVersion);
    if (known === undefined) {
      first.set(apiVersion, id);
      continue;
    }
    const names = { manager: ANCIENT, operation: 'Update', apiVersion, subresource: '' } as const;
    const bucket = identityOf(names);
    if (id === bucket) continue;
    const before = managers.get(bucket) ?? managers.get(known);
    if (!managers.has(bucket)) managers.delete(known);
    managers.delete(id);
    managers.set(bucket, { ...names, time, fields: union(before?.fields, fields) as FieldNode });
    left--;
  }
}
