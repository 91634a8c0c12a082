import { typeTable, type Field, type TypeRef } from './types';
import type { TypeName } from './decode/body';

/** How one member of an object is merged, from `x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key`. */
export interface MergeRule {
  readonly strategy: 'merge' | 'replace' | undefined;
  readonly retainKeys: boolean;
  /** '' for lists of plain values. */
  readonly mergeKey: string;
  /** The members that together tell the items of a list apart (`x-kubernetes-list-map-keys`, else the merge key); empty where none do. */
  readonly keys: readonly string[];
  /** A list of plain values in which each occurs once. */
  readonly isSet: boolean;
  /** The type of the member, or of the items when it is a list. Undefined where anything goes. */
  readonly type: TypeRef | undefined;
}

const ANYTHING: MergeRule = { strategy: undefined, retainKeys: false, mergeKey: '', keys: [], isSet: false, type: undefined };

/** The type of a built-in kind, or undefined: strategic merge needs one. */
export function mergeTypeOf(type: TypeName): TypeRef | undefined {
  const struct = typeTable().ofKind(type.apiVersion, type.kind);
  return struct && { of: 'struct', struct, name: struct.goName };
}

/** The rule for a member of a value of `type`; undefined when the type has no such member. */
export function mergeRule(type: TypeRef | undefined, name: string): MergeRule | undefined {
  if (type?.of === 'map') return { ...ANYTHING, type: type.value };
  if (type?.of !== 'struct') return ANYTHING;
  const field = type.struct.byName.get(name);
  return field && ruleOf(field);
}

function ruleOf(field: Field): MergeRule {
  const words = field.strategy?.split(',') ?? [];
  return {
    strategy: words.includes('merge') ? 'merge' : words.includes('replace') ? 'replace' : undefined,
    retainKeys: words.includes('retainKeys'),
    mergeKey: field.mergeKey ?? '',
    keys: field.keys ?? (field.mergeKey ? [field.mergeKey] : []),
    isSet:
      field.type.of === 'list' && field.type.item.of === 'scalar' && (field.list === 'set' || (words.includes('merge') && !field.mergeKey)),
    type: field.type.of === 'list' ? field.type.item : field.type,
  };
}
