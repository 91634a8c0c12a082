import { badRequest } from '#lib/api/errors';
import { mergeRule, mergeTypeOf, type MergeRule } from '#lib/schema/merge-rules';
import type { TypeName } from '#lib/schema/decode/body';

/** One thing in a value that can change by itself. */
export interface Part {
  /** As it stands in a path: `.spec`, `["a/b"]`, `[name=web]`, `["a value of a set"]`. */
  readonly step: string;
  /** The member's name; '' in lists. */
  readonly key: string;
  readonly value: unknown;
  readonly rule: MergeRule;
}

/** What is known of an object as a whole: which of its lists have keys. */
export function rootRule(type: TypeName): MergeRule {
  return { strategy: undefined, retainKeys: false, mergeKey: '', keys: [], isSet: false, type: mergeTypeOf(type) };
}

/**
 * A value as the parts that change by themselves: the members of an object, the items of a list that have keys (so that a reorder is no
 * change), the values of a set. Undefined for what changes as a whole: plain values, other lists, and what is empty.
 */
export function partsOf(value: unknown, rule: MergeRule): readonly Part[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const parts = Array.isArray(value) ? itemsOf(value, rule) : membersOf(value as Record<string, unknown>, rule);
  return parts && parts.length > 0 ? parts : undefined;
}

function membersOf(value: Record<string, unknown>, rule: MergeRule): Part[] {
  const parts: Part[] = [];
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) continue;
    parts.push({ step: memberStep(key), key, value: value[key], rule: mergeRule(rule.type, key) ?? UNKNOWN });
  }
  return parts;
}

const UNKNOWN: MergeRule = rootRule({ apiVersion: '', kind: '' });

/** Items whose keys are not unique cannot be told apart: such a list is one thing. */
function itemsOf(list: readonly unknown[], rule: MergeRule): Part[] | undefined {
  if (rule.keys.length === 0 && !rule.isSet) return undefined;
  const steps = new Set<string>();
  const parts = list.map((value): Part => {
    const step = rule.isSet ? `[${JSON.stringify(value)}]` : `[${rule.keys.map((key) => `${key}=${keyText(value, key)}`).join(',')}]`;
    steps.add(step);
    return { step, key: '', value, rule: { ...UNKNOWN, type: rule.type } };
  });
  return steps.size === list.length ? parts : undefined;
}

const memberStep = (key: string): string => (/^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

function keyText(item: unknown, key: string): string {
  const value = typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[key] : item;
  const text = value === undefined ? '' : String(value);
  return /^[^\s",=[\]]*$/.test(text) ? text : JSON.stringify(text);
}

const STEP = /\.((?:\\.|[^.[\]\\])+)|\[("(?:[^"\\]|\\.)*")\]|\[([^\]"=]+=(?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/y;

/**
 * A path as people write it, in the form of the steps: the first dot may be missing, and a dot that belongs to a name is `\.` or the name
 * stands in `["…"]`. @throws ApiError 400.
 */
export function pathOf(text: string): string {
  const path = /^[.[]/.test(text) ? text : `.${text}`;
  let out = '';
  STEP.lastIndex = 0;
  for (let at = 0; at < path.length; at = STEP.lastIndex) {
    const match = STEP.exec(path);
    if (!match)
      throw badRequest(
        `path: cannot be read from ${JSON.stringify(path.slice(at))} on; an example: .spec.template.spec.containers[name=web].image`,
      );
    const [, name, quoted, item] = match;
    if (name !== undefined) out += memberStep(name.replace(/\\(.)/g, '$1'));
    else if (quoted !== undefined) out += `[${quoted}]`;
    else out += `[${item}]`;
  }
  return out;
}

/** Whether a path is, or lies below, another; `["name"]` is `.name`. */
export function isWithin(path: string, above: string): boolean {
  const [one, other] = [plain(path), plain(above)];
  return one === other || (one.startsWith(other) && /^[.[]/.test(one.slice(other.length)));
}

const plain = (path: string): string => path.replace(/\["([\w$-]+)"\]/g, '.$1');
