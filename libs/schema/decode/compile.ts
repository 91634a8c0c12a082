import { typeTable, type Field, type Special, type StructType, type TypeRef } from '#lib/schema/types';
import { DecodeError, type Decoding } from './decoding';
import { MAX_DEPTH } from './depth';
import {
  decodeAny,
  decodeBool,
  decodeBytes,
  decodeFloat,
  decodeInt32,
  decodeInt64,
  decodeIntOrString,
  decodeQuantity,
  decodeString,
  type Decode,
} from './scalars';
import { decodeMicroTime, decodeTime } from './times';

/**
 * Turns a type of the schema into a function that decodes its values, once per type.
 *
 * The result is what Go would print after reading the value: members in an omitempty field that are empty are left out,
 * structs that are not pointers are there, unknown members are gone. Two differences, on purpose: an absent time is absent
 * instead of null, and an absent list or map without omitempty is empty instead of null, so that code may iterate.
 * Nothing is changed in place: parts that are already as they should be are shared with the input.
 */
type Members = Record<string, unknown>;

interface Member {
  readonly field: Field;
  readonly decode: Decode;
}

interface Plan {
  readonly members: ReadonlyMap<string, Member>;
  /** Members that are printed even when they were not given. */
  readonly always: readonly { readonly name: string; readonly zero: () => unknown }[];
}

const decoders = new Map<StructType, Decode>();

/** The decoder of a struct. Fields are compiled on first use: types refer to each other in circles. */
export function decoderOf(struct: StructType): Decode {
  let decoder = decoders.get(struct);
  if (!decoder) {
    let plan: Plan | undefined;
    decoder = (value, at) => decodeStruct(struct, (plan ??= planOf(struct)), value, at);
    decoders.set(struct, decoder);
  }
  return decoder;
}

function planOf(struct: StructType): Plan {
  const members = new Map<string, Member>();
  const always: Plan['always'][number][] = [];
  if (struct.hasTypeMeta) {
    for (const field of typeTable().byId('meta/v1.TypeMeta').fields) members.set(field.name, { field, decode: decoderOfField(field) });
  }
  for (const field of struct.fields) {
    members.set(field.name, { field, decode: decoderOfField(field) });
    const zero = printedZero(field);
    if (zero) always.push({ name: field.name, zero });
  }
  return { members, always };
}

function decodeStruct(struct: StructType, plan: Plan, value: unknown, at: Decoding): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    at.wrongType(value, struct.goName);
    return {};
  }
  const given = value as Members;
  let out: Members | undefined;
  for (const key in given) {
    const decoded = decodeMember(plan, key, given[key], at);
    if (out === undefined) {
      if (decoded === given[key]) continue;
      out = membersBefore(given, key);
    }
    if (decoded !== undefined) out[key] = decoded;
  }
  for (const { name, zero } of plan.always) {
    if ((out ?? given)[name] !== undefined) continue;
    // The status that bodies of all kinds lack, by its name: by any name it costs a create 5 µs.
    if (out === undefined && name === 'status') out = { ...given, status: zero() };
    else (out ??= { ...given })[name] = zero();
  }
  return out ?? given;
}

function decodeMember(plan: Plan, key: string, value: unknown, at: Decoding): unknown {
  const member = plan.members.get(key);
  if (member === undefined) {
    at.unknown(key);
    return undefined;
  }
  if (value === null || value === undefined) return undefined;
  if (at.depth >= MAX_DEPTH) throw new DecodeError('exceeded max depth');
  at.stack[at.depth++] = member.field;
  const decoded = member.decode(value, at);
  at.depth--;
  return decoded;
}

function membersBefore(given: Members, end: string): Members {
  const out: Members = {};
  for (const key in given) {
    if (key === end) break;
    out[key] = given[key];
  }
  return out;
}

function decoderOfField(field: Field): Decode {
  const decode = decoderOfType(field.type);
  if (!field.omitEmpty || field.pointer) return decode;
  if (field.type.of === 'scalar') {
    return (value, at) => {
      const decoded = decode(value, at);
      return decoded === '' || decoded === 0 || decoded === false ? undefined : decoded;
    };
  }
  if (field.type.of !== 'list' && field.type.of !== 'map') return decode;
  return (value, at) => {
    const decoded = decode(value, at);
    return isEmpty(decoded as object) ? undefined : decoded;
  };
}

function isEmpty(collection: object): boolean {
  if (Array.isArray(collection)) return collection.length === 0;
  for (const _key in collection) return false;
  return true;
}

function decoderOfType(type: TypeRef): Decode {
  switch (type.of) {
    case 'struct':
      return decoderOf(type.struct);
    case 'special':
      return decoderOfSpecial(type.special);
    case 'list':
      return listDecoder(type.item, type.name);
    case 'map':
      return mapDecoder(type.value, type.name);
    case 'scalar':
      return SCALAR_DECODERS[type.scalar];
  }
}

const SCALAR_DECODERS = {
  string: decodeString,
  int32: decodeInt32,
  int64: decodeInt64,
  bool: decodeBool,
  float64: decodeFloat,
  bytes: decodeBytes,
  any: decodeAny,
} as const;

function listDecoder(item: TypeRef, goType: string): Decode {
  const decode = decoderOfType(item);
  return (value, at) => {
    if (!Array.isArray(value)) {
      at.wrongType(value, goType);
      return [];
    }
    let out: unknown[] | undefined;
    for (let i = 0; i < value.length; i++) {
      at.stack[at.depth++] = i;
      const decoded = value[i] === null ? zeroItem(item) : decode(value[i], at);
      at.depth--;
      if (decoded !== value[i]) (out ??= value.slice())[i] = decoded;
    }
    return out ?? value;
  };
}

function mapDecoder(item: TypeRef, goType: string): Decode {
  const decode = decoderOfType(item);
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      at.wrongType(value, goType);
      return {};
    }
    const given = value as Members;
    let out: Members | undefined;
    for (const key in given) {
      at.stack[at.depth++] = key;
      const decoded = given[key] === null ? zeroItem(item) : decode(given[key], at);
      at.depth--;
      if (decoded !== given[key]) (out ??= { ...given })[key] = decoded;
    }
    return out ?? given;
  };
}

/** What null is in a list or map. Bytes that are nil are empty once they were stored. */
const zeroItem = (type: TypeRef): unknown => (type.of === 'scalar' && type.scalar === 'bytes' ? '' : (zeroOf(type) ?? null));

const schemaProps = (): StructType => typeTable().byId('apiextensions/v1.JSONSchemaProps');
const listOfSchemas = (): Decode =>
  listDecoder({ of: 'struct', struct: schemaProps(), name: 'v1.JSONSchemaProps' }, '[]v1.JSONSchemaProps');
const STRING: TypeRef = { of: 'scalar', scalar: 'string', name: 'string' };

function decoderOfSpecial(special: Special): Decode {
  switch (special) {
    case 'Time':
      return decodeTime;
    case 'MicroTime':
      return decodeMicroTime;
    case 'Quantity':
      return decodeQuantity;
    case 'IntOrString':
      return decodeIntOrString;
    case 'Duration':
      return decodeString;
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
      return decodeAny;
    case 'JSONSchemaPropsOrArray':
      return either(Array.isArray, listOfSchemas);
    case 'JSONSchemaPropsOrBool':
      return either(
        (value) => typeof value === 'boolean',
        () => decodeAny,
      );
    case 'JSONSchemaPropsOrStringArray':
      return either(Array.isArray, () => listDecoder(STRING, '[]string'));
  }
}

/** A schema, or the other thing that may stand in its place. */
function either(isOther: (value: unknown) => boolean, other: () => Decode): Decode {
  let decoder: Decode | undefined;
  return (value, at) => (isOther(value) ? (decoder ??= other()) : decoderOf(schemaProps()))(value, at);
}

/** What Go prints for a field that was not given, or undefined when it prints nothing (or null). */
function printedZero(field: Field): (() => unknown) | undefined {
  if (field.pointer) return undefined;
  if (field.type.of === 'struct') return () => zeroOf(field.type);
  if (field.type.of === 'special') return field.type.special === 'Quantity' ? () => '0' : undefined;
  if (field.omitEmpty) return undefined;
  return zeroOf(field.type) === undefined ? undefined : () => zeroOf(field.type);
}

function zeroOf(type: TypeRef): unknown {
  switch (type.of) {
    case 'struct':
      return fill(type.struct);
    case 'special':
      return type.special === 'Quantity' ? '0' : undefined;
    case 'list':
      return [];
    case 'map':
      return {};
    case 'scalar':
      return ({ string: '', int32: 0, int64: 0, float64: 0, bool: false, bytes: undefined, any: undefined } as const)[type.scalar];
  }
}

/** The struct's zero value: nothing but the members that are always printed. */
export function fill(struct: StructType): Members {
  const out: Members = {};
  for (const field of struct.fields) {
    const zero = printedZero(field);
    if (zero) out[field.name] = zero();
  }
  return out;
}
