/**
 * A type of the Common Expression Language. `max` on strings, bytes, lists and maps is the most characters or items that a value can have.
 */
export type CelType =
  | { readonly kind: SimpleKind; readonly max?: number }
  | ListType
  | MapType
  | ObjectType
  | OpaqueType
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'param'; readonly name: string };

/** Types without parts. */
export type SimpleKind = 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'null' | 'timestamp' | 'duration' | 'dyn' | 'error';

/** `listType` `set` and `map` are those of `x-kubernetes-list-type`: they are compared and added without regard to order. */
export interface ListType {
  readonly kind: 'list';
  readonly elem: CelType;
  readonly max?: number;
  readonly listType?: 'set' | 'map';
  readonly keys?: readonly string[];
}

/** `map(key, value)` */
export interface MapType {
  readonly kind: 'map';
  readonly key: CelType;
  readonly value: CelType;
  readonly max?: number;
}

/** One field of an object type. `property` is the JSON member when that is not the name that expressions use. */
export interface CelField {
  readonly type: CelType;
  readonly property?: string;
}

/** An object with known fields; its values are plain JSON objects. */
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  readonly fields: ReadonlyMap<string, CelField>;
}

/** A type that expressions only know by its functions, such as `net.IP`. Optional values are `optional_type`. */
export interface OpaqueType {
  readonly kind: 'opaque';
  readonly name: string;
  readonly params: readonly CelType[];
}

const simple = (kind: SimpleKind): CelType => ({ kind });
/** bool */
export const BOOL = simple('bool');
/** int */
export const INT = simple('int');
/** uint */
export const UINT = simple('uint');
/** double */
export const DOUBLE = simple('double');
/** string */
export const STRING = simple('string');
/** bytes */
export const BYTES = simple('bytes');
/** null */
export const NULL = simple('null');
/** google.protobuf.Timestamp */
export const TIMESTAMP = simple('timestamp');
/** google.protobuf.Duration */
export const DURATION = simple('duration');
/** dyn: checked when it is evaluated */
export const DYN = simple('dyn');
/** What a node is that was complained about already; fits everything, so that there is one complaint. */
export const ERROR = simple('error');

/** `list(elem)`, of at most `max` items. */
export const listType = (elem: CelType, max?: number): ListType => ({ kind: 'list', elem, ...(max !== undefined && { max }) });
/** `map(key, value)`, of at most `max` entries. */
export const mapType = (key: CelType, value: CelType, max?: number): MapType => ({
  kind: 'map',
  key,
  value,
  ...(max !== undefined && { max }),
});
/** A type parameter of a function's declaration. */
export const paramType = (name: string): CelType => ({ kind: 'param', name });
/** See OpaqueType. */
export const opaqueType = (name: string, ...params: CelType[]): OpaqueType => ({ kind: 'opaque', name, params });
/** `optional_type(of)` */
export const optionalType = (of: CelType): OpaqueType => opaqueType('optional_type', of);
/** The type of a type. */
export const typeType = (of: CelType): CelType => ({ kind: 'type', of });
/** An object type whose fields are given as a record. */
export const objectType = (name: string, fields: Readonly<Record<string, CelType>>): ObjectType => ({
  kind: 'object',
  name,
  fields: new Map(Object.entries(fields).map(([field, type]) => [field, { type }])),
});

/** As cel-go prints it in complaints. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeText(type.elem)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'object':
      return type.name;
    case 'opaque':
      return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(typeText).join(', ')})`;
    case 'type':
      return `type(${typeText(type.of)})`;
    case 'param':
      return type.name.startsWith('_') ? 'dyn' : type.name;
    case 'error':
      return '!error!';
    default:
      return type.kind;
  }
}

/** What type parameters stand for. */
export type Bindings = Map<string, CelType>;

/** The type with its parameters replaced; those that stand for nothing stay. */
export function resolve(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case 'param': {
      const bound = bindings.get(type.name);
      return bound ? resolve(bound, bindings) : type;
    }
    case 'list': {
      const elem = resolve(type.elem, bindings);
      return elem === type.elem ? type : { ...type, elem };
    }
    case 'map': {
      const [key, value] = [resolve(type.key, bindings), resolve(type.value, bindings)];
      return key === type.key && value === type.value ? type : { ...type, key, value };
    }
    case 'opaque':
      return type.params.length === 0 ? type : { ...type, params: type.params.map((param) => resolve(param, bindings)) };
    case 'type':
      return { kind: 'type', of: resolve(type.of, bindings) };
    default:
      return type;
  }
}

/** Whether a value of type `from` may stand where `to` is wanted; binds parameters of either on the way. */
export function fits(to: CelType, from: CelType, bindings: Bindings): boolean {
  const [want, have] = [resolve(to, bindings), resolve(from, bindings)];
  if (want === have) return true;
  if (want.kind === 'param') return bind(want.name, have, bindings);
  if (have.kind === 'param') return bind(have.name, want, bindings);
  if (want.kind === 'dyn' || have.kind === 'dyn' || want.kind === 'error' || have.kind === 'error') return true;
  if (have.kind === 'null') return want.kind === 'null' || isNullable(want);
  if (want.kind === 'null') return isNullable(have);
  if (want.kind !== have.kind) return false;
  switch (want.kind) {
    case 'list':
      return fits(want.elem, (have as ListType).elem, bindings);
    case 'map':
      return fits(want.key, (have as MapType).key, bindings) && fits(want.value, (have as MapType).value, bindings);
    case 'object':
      return want.name === (have as ObjectType).name;
    case 'opaque': {
      const { name, params } = have as OpaqueType;
      return want.name === name && want.params.every((param, i) => fits(param, params[i] ?? DYN, bindings));
    }
    case 'type':
      return true;
    default:
      return true;
  }
}

/** Whether null is taken for a value of this type. */
export const isNullable = ({ kind }: CelType): boolean =>
  kind === 'object' || kind === 'opaque' || kind === 'timestamp' || kind === 'duration';

function bind(name: string, type: CelType, bindings: Bindings): boolean {
  if (type.kind === 'param' && type.name === name) return true;
  if (mentions(type, name)) return false;
  bindings.set(name, type);
  return true;
}

function mentions(type: CelType, name: string): boolean {
  switch (type.kind) {
    case 'param':
      return type.name === name;
    case 'list':
      return mentions(type.elem, name);
    case 'map':
      return mentions(type.key, name) || mentions(type.value, name);
    case 'opaque':
      return type.params.some((param) => mentions(param, name));
    default:
      return false;
  }
}

/** Parameters that nothing was learnt about are dyn in the end. */
export function settled(type: CelType, bindings: Bindings): CelType {
  const known = resolve(type, bindings);
  switch (known.kind) {
    case 'param':
      return DYN;
    case 'list':
      return { ...known, elem: settled(known.elem, bindings) };
    case 'map':
      return { ...known, key: settled(known.key, bindings), value: settled(known.value, bindings) };
    case 'opaque':
      return { ...known, params: known.params.map((param) => settled(param, bindings)) };
    default:
      return known;
  }
}
