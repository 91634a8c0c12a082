import { goDuration } from '#lib/api/duration';
import type { Special, StructType, TypeRef } from '#lib/schema/types';
import { typeTable } from '#lib/schema/types';
import { BYTES, ProtoError, ProtoReader } from './wire';

type Members = Record<string, unknown>;
/** Reads one occurrence of a field into the object that holds it. */
type ReadField = (reader: ProtoReader, wire: number, into: Members, depth: number) => void;

/** A message inside a message inside …: JSON schemas of CRDs are the only types that nest at will. */
const MAX_DEPTH = 1000;

/**
 * Decodes a message of a struct to the JSON that Go would print for it, but for empty members, which
 * decoderOf(struct) then drops or fills. Unknown field numbers are skipped, as gogo-protobuf does.
 */
export function decodeMessage(struct: StructType, reader: ProtoReader, into: Members = {}, depth = 0): Members {
  if (depth > MAX_DEPTH) throw new ProtoError('proto: nested too deep');
  const fields = fieldsOf(struct);
  while (!reader.done) {
    const tag = reader.varint();
    const read = fields.get(tag >>> 3);
    if (read) read(reader, tag & 7, into, depth);
    else reader.skip(tag & 7);
  }
  return into;
}

const plans = new Map<StructType, Map<number, ReadField>>();

function fieldsOf(struct: StructType): Map<number, ReadField> {
  let plan = plans.get(struct);
  if (!plan) {
    plan = new Map();
    for (const field of struct.own) if (field.number > 0) plan.set(field.number, fieldReader(field.name, field.type));
    for (const { number, type } of struct.inlined) {
      if (number > 0 && type.of === 'struct') {
        plan.set(number, (reader, _wire, into, depth) => void decodeMessage(type.struct, reader.message(), into, depth + 1));
      }
    }
    plans.set(struct, plan);
  }
  return plan;
}

function fieldReader(name: string, type: TypeRef): ReadField {
  if (type.of === 'list' && !type.alias) return listReader(name, type.item);
  if (type.of === 'map') return mapReader(name, type.value);
  return (reader, wire, into, depth) => {
    into[name] = readValue(type, reader, wire, depth);
  };
}

function listReader(name: string, item: TypeRef): ReadField {
  const packable = item.of === 'scalar' && item.scalar !== 'string' && item.scalar !== 'bytes';
  return (reader, wire, into, depth) => {
    const list = (into[name] ??= []) as unknown[];
    if (packable && wire === BYTES) {
      for (const packed = reader.message(); !packed.done;) list.push(readValue(item, packed, 0, depth));
    } else list.push(readValue(item, reader, wire, depth));
  };
}

/** A map is a list of pairs: 1 the key, 2 the value. */
function mapReader(name: string, value: TypeRef): ReadField {
  return (reader, _wire, into, depth) => {
    const map = (into[name] ??= {}) as Members;
    const entry = reader.message();
    let key = '';
    let decoded: unknown = value.of === 'struct' ? {} : '';
    while (!entry.done) {
      const tag = entry.varint();
      if (tag >>> 3 === 1) key = entry.string();
      else if (tag >>> 3 === 2) decoded = readValue(value, entry, tag & 7, depth);
      else entry.skip(tag & 7);
    }
    Object.defineProperty(map, key, { value: decoded, enumerable: true, writable: true, configurable: true });
  };
}

function readValue(type: TypeRef, reader: ProtoReader, wire: number, depth: number): unknown {
  switch (type.of) {
    case 'struct':
      return decodeMessage(type.struct, reader.message(), {}, depth + 1);
    case 'special':
      return readSpecial(type.special, reader.message(), depth);
    case 'list':
      return readAlias(type.item, reader.message(), depth);
    case 'scalar':
      return readScalar(type.scalar, reader);
    case 'map':
      throw new ProtoError(`proto: a map has no single value (wire type ${wire})`);
  }
}

/** A named list (`ExtraValue`) is a message whose field 1 repeats. */
function readAlias(item: TypeRef, reader: ProtoReader, depth: number): unknown {
  const holder: Members = { items: [] };
  const read = listReader('items', item);
  while (!reader.done) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) read(reader, tag & 7, holder, depth);
    else reader.skip(tag & 7);
  }
  return holder.items;
}

function readScalar(scalar: string, reader: ProtoReader): unknown {
  if (scalar === 'string') return reader.string();
  if (scalar === 'bool') return reader.varint() !== 0;
  if (scalar === 'bytes') return reader.piece().toString('base64');
  if (scalar === 'float64') return reader.double();
  return scalar === 'int32' ? reader.varint() | 0 : reader.varint();
}

/** The few fields of a special type, by number. */
function numbers(reader: ProtoReader): Map<number, number | Buffer> {
  const found = new Map<number, number | Buffer>();
  while (!reader.done) {
    const tag = reader.varint();
    if ((tag & 7) === BYTES) found.set(tag >>> 3, reader.piece());
    else found.set(tag >>> 3, reader.varint());
  }
  return found;
}

const textOf = (value: number | Buffer | undefined): string => (Buffer.isBuffer(value) ? value.toString('utf8') : '');
const numberOf = (value: number | Buffer | undefined): number => (typeof value === 'number' ? value : 0);

function readSpecial(special: Special, reader: ProtoReader, depth: number): unknown {
  if (special === 'JSONSchemaPropsOrArray' || special === 'JSONSchemaPropsOrStringArray') return schemaOrList(special, reader, depth);
  const found = numbers(reader);
  switch (special) {
    case 'Time':
    case 'MicroTime':
      return timeText(numberOf(found.get(1)), numberOf(found.get(2)), special === 'MicroTime', found.size);
    case 'Quantity':
      return textOf(found.get(1));
    case 'IntOrString':
      return numberOf(found.get(1)) === 0 ? numberOf(found.get(2)) | 0 : textOf(found.get(3));
    case 'Duration':
      return goDuration(numberOf(found.get(1)));
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
      return rawJson(textOf(found.get(1)));
    case 'JSONSchemaPropsOrBool':
      return Buffer.isBuffer(found.get(2)) ? schemaOf(found.get(2) as Buffer, depth) : numberOf(found.get(1)) !== 0;
  }
}

const OLDEST = Date.UTC(1, 0, 1) / 1000;

/** The zero time has no fields (or the year 1): it prints as null. */
function timeText(seconds: number, nanos: number, micro: boolean, fields: number): string | null {
  if (fields === 0 || seconds <= OLDEST - 1e10) return null;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new ProtoError('proto: time out of range');
  const whole = date.toISOString().slice(0, 19);
  return micro ? `${whole}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z` : `${whole}Z`;
}

function rawJson(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtoError('proto: raw JSON expected');
  }
}

const schemaOf = (bytes: Buffer, depth: number): Members =>
  decodeMessage(typeTable().byId('apiextensions/v1.JSONSchemaProps'), new ProtoReader(bytes), {}, depth + 1);

/** 1 is a schema; 2, which may repeat, what stands in its place. */
function schemaOrList(special: 'JSONSchemaPropsOrArray' | 'JSONSchemaPropsOrStringArray', reader: ProtoReader, depth: number): unknown {
  let schema: Members | undefined;
  const list: unknown[] = [];
  while (!reader.done) {
    const tag = reader.varint();
    if ((tag & 7) !== BYTES) reader.skip(tag & 7);
    else if (tag >>> 3 === 1) schema = schemaOf(reader.piece(), depth);
    else list.push(special === 'JSONSchemaPropsOrArray' ? schemaOf(reader.piece(), depth) : reader.string());
  }
  return schema ?? list;
}
