import { sameValue } from '#lib/api/equality';
import { badRequest, rejectedPatch, unsupportedMediaType } from '#lib/api/errors';
import type { TypeName } from '#lib/schema/decode/body';
import { mergeRule, mergeTypeOf, type MergeRule } from '#lib/schema/merge-rules';
import { copyOf } from './copy';
import {
  DELETE_FROM_LIST,
  DIRECTIVE,
  isMembers,
  RETAIN_KEYS,
  SET_ORDER,
  withoutDirectives,
  withoutNulls,
  type Members,
} from './directives';
import { inOrder, partition } from './order';

type Type = MergeRule['type'];

/**
 * Applies a strategic merge patch: lists with a merge key are merged item by item, and directives say what merging cannot. The result
 * shares nothing with the document or the patch: it is the draft that the pipeline goes on to change. @throws ApiError 400 and 422 for
 * malformed directives, 500 as upstream where it did not foresee. Mirrors StrategicMergeMapPatch of
 * apimachinery/pkg/util/strategicpatch/patch.go.
 */
export function strategicPatch(document: object, patch: unknown, type: TypeName): object {
  const root = mergeTypeOf(type);
  if (!root) throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']);
  if (!isMembers(patch)) throw badRequest(`json: cannot unmarshal ${wordFor(patch)} into Go value of type map[string]interface {}`);
  return strategicMerge(document, patch, root);
}

/** The same for a value of any type of the schema. */
export const strategicMerge = (document: object, patch: object, type: MergeRule['type']): object =>
  copyOf(mergeMembers(document as Members, patch as Members, type));

const wordFor = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

function mergeMembers(original: Members, patch: Members, type: Type): Members {
  if (DIRECTIVE in patch) return directed(patch);
  const out = retained(original, patch);
  const rest = { ...patch };
  delete rest[RETAIN_KEYS];
  for (const key of Object.keys(rest)) if (key.startsWith(SET_ORDER)) mergeOrdered(out, rest, key, type);
  for (const key of Object.keys(rest)) mergeMember(out, key, rest[key], type);
  return out;
}

/** `$patch: replace` takes the patch as it is, `$patch: delete` leaves nothing. */
function directed(patch: Members): Members {
  const { [DIRECTIVE]: directive, ...others } = patch;
  if (directive === 'replace') return others;
  if (directive === 'delete') return {};
  throw badRequest(`unknown patch type: ${String(directive)} in map: ${goMap(patch)}`);
}

/** `$retainKeys` names all members that may stay; the patch itself may only set those. */
function retained(original: Members, patch: Members): Members {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return { ...original };
  if (!Array.isArray(keys)) throw badRequest('invalid patch format of retainKeys');
  const retain = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key === RETAIN_KEYS || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER)) continue;
    if (!retain.has(key)) throw badRequest('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => retain.has(key)));
}

/** `$setElementOrder/<list>`: merges the list of that name, if the patch has one, and orders the result. */
function mergeOrdered(out: Members, patch: Members, directive: string, type: Type): void {
  const order = patch[directive];
  delete patch[directive];
  if (!Array.isArray(order)) throw badRequest(`expected a []interface {}, but received a ${goType(order)}`);
  const key = listNamed(directive, SET_ORDER);
  const ours = listOrNothing(out[key]);
  const theirs = listOrNothing(patch[key]);
  const rule = ruleFor(type, key);
  checkOrder(theirs ?? [], order, rule.mergeKey);
  if (!ours && !theirs) return;
  const merged = ours && theirs ? mergeLists(ours, theirs, rule, false) : (ours ?? (withoutDirectives(theirs) as unknown[]));
  const { named, others } = partition(merged, order, rule.mergeKey);
  checkSameType([...(ours ?? []), ...(theirs ?? [])]);
  out[key] = inOrder(named, others, order, ours ?? [], rule.mergeKey);
  delete patch[key];
}

/** The items of the patch must come in the order that the directive gives. Mirrors validatePatchWithSetOrderList. */
function checkOrder(items: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (items.length === 0 || order.length === 0) return;
  const kept = items.filter((item) => !(isMembers(item) && DIRECTIVE in item));
  let next = 0;
  for (const entry of order) if (next < kept.length && keyOf(kept[next], mergeKey) === keyOf(entry, mergeKey)) next++;
  if (next < kept.length)
    throw badRequest(`The order in patch list:\n${goList(items)}\n doesn't match ${SET_ORDER} list:\n${goList(order)}\n`);
}

function mergeMember(out: Members, key: string, value: unknown, type: Type): void {
  const isDeletion = key.startsWith(DELETE_FROM_LIST);
  const name = isDeletion ? listNamed(key, DELETE_FROM_LIST) : key;
  if (value === null) {
    delete out[name];
    return;
  }
  const present = Object.hasOwn(out, name) ? out[name] : undefined;
  if (present === undefined || goType(present) !== goType(value)) {
    if (!isDeletion) take(out, name, withoutNulls(value));
  } else if (isMembers(value)) {
    const rule = ruleFor(type, name);
    set(out, name, rule.strategy === 'replace' ? value : mergeMembers(present as Members, value, rule.type));
  } else if (Array.isArray(value)) {
    const rule = ruleFor(type, name);
    set(out, name, rule.strategy === 'merge' ? mergeLists(present as unknown[], value, rule, isDeletion) : value);
  } else set(out, name, value);
}

/** What the object did not have is taken from the patch, without its directives. */
function take(out: Members, name: string, value: unknown): void {
  const taken = withoutDirectives(value);
  if (taken === undefined) delete out[name];
  else set(out, name, taken);
}

/** A member may be called `__proto__`; an assignment would not make one. */
function set(target: Members, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function mergeLists(original: readonly unknown[], patch: readonly unknown[], rule: MergeRule, isDeletion: boolean): readonly unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  const areMembers = checkSameType([...original, ...patch]);
  if (!areMembers) {
    if (isDeletion) return original.filter((item) => !patch.includes(item));
    const { named, others } = partition([...new Set([...original, ...patch])], patch, '');
    return inOrder(named, others, patch, original, '');
  }
  if (rule.mergeKey === '') throw badRequest('cannot merge lists without merge key for type struct');
  const { items, additions } = applySpecialItems(original, patch, rule.mergeKey);
  const merged = mergeItems(items, additions, rule);
  const { named, others } = partition(merged, additions, rule.mergeKey);
  return inOrder(named, others, additions, items, rule.mergeKey);
}

/** Items with `$patch`: delete takes the item of that key away, replace drops all that the list had. */
function applySpecialItems(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { items: readonly unknown[]; additions: readonly unknown[] } {
  let items = original;
  const additions: unknown[] = [];
  let replace = false;
  for (const item of patch as readonly Members[]) {
    const directive = item[DIRECTIVE];
    if (!(DIRECTIVE in item)) additions.push(item);
    else if (directive === 'replace') replace = true;
    else if (directive === 'delete') {
      const gone = keyOf(item, mergeKey);
      items = items.filter((kept) => (kept as Members)[mergeKey] !== gone);
    } else if (directive === 'merge') throw badRequest('merging lists cannot yet be specified in the patch');
    else throw badRequest(`unknown patch type: ${String(directive)} in map: ${goMap(item)}`);
  }
  return replace ? { items: additions, additions: [] } : { items, additions };
}

function mergeItems(original: readonly unknown[], patch: readonly unknown[], rule: MergeRule): unknown[] {
  const merged = [...original];
  for (const item of patch as readonly Members[]) {
    const key = keyOf(item, rule.mergeKey);
    const at = merged.findIndex((candidate) => sameValue((candidate as Members)[rule.mergeKey], key));
    if (at >= 0) merged[at] = mergeMembers(merged[at] as Members, item, rule.type);
    else {
      const taken = withoutDirectives(withoutNulls(item));
      if (taken !== undefined) merged.push(taken);
    }
  }
  return merged;
}

function ruleFor(type: Type, name: string): MergeRule {
  const rule = mergeRule(type, name);
  if (!rule)
    throw badRequest(
      `unable to find api field in struct ${type?.of === 'struct' ? type.struct.name : ''} for the json field ${JSON.stringify(name)}`,
    );
  return rule;
}

function listNamed(directive: string, prefix: string): string {
  const name = directive.slice(prefix.length + 1);
  if (directive[prefix.length] !== '/') {
    throw badRequest(prefix === SET_ORDER ? 'invalid patch format of setElementOrder list' : 'invalid patch format of primitive list');
  }
  return name;
}

function listOrNothing(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw badRequest(`expected a []interface {}, but received a ${goType(value)}`);
}

/** True when all items are objects. Lists of lists, and lists of this and that, cannot be merged. */
function checkSameType(items: readonly unknown[]): boolean {
  const type = goType(items[0]);
  if (type === '[]interface {}') throw rejectedPatch();
  if (items.some((item) => goType(item) !== type)) throw badRequest(`list element types are not identical: ${goList(items.map(goType))}`);
  return isMembers(items[0]);
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return item;
  if (!isMembers(item)) throw badRequest(`expected a map[string]interface {}, but received a ${goType(item)}`);
  if (!(mergeKey in item)) throw badRequest(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`);
  return item[mergeKey];
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isMembers(value)) return 'map[string]interface {}';
  if (value === null || value === undefined) return '%!s(<nil>)';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : typeof value;
}

/** An object as Go prints a map. */
export const goMap = (value: Members): string =>
  `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${goText(value[key])}`)
    .join(' ')}]`;
const goList = (items: readonly unknown[]): string => `[${items.map(goText).join(' ')}]`;

function goText(value: unknown): string {
  if (Array.isArray(value)) return goList(value);
  if (isMembers(value)) return goMap(value);
  return value === null || value === undefined ? '<nil>' : String(value);
}
