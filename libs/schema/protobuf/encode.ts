import { typeTable, type Field, type Scalar, type Special, type StructType, type TypeRef } from '#lib/schema/types';
import { BackWriter } from './back-writer';
import { writeSpecial } from './encode-special';

export type Members = Readonly<Record<string, unknown>>;
/** Writes one value with its tag. */
export type WriteValue = (value: unknown, to: BackWriter) => void;
/** Writes what a struct holds, without a tag: its caller knows whether it is a field or the whole message. */
export type WriteMessage = (members: Members, to: BackWriter) => void;

interface Part {
  /** Absent for an inlined struct, whose members stand among those of the outer one. */
  readonly name?: string;
  readonly number: number;
  readonly write: WriteValue;
}

const writers = new Map<StructType, WriteMessage>();
const encodable = new Map<StructType, boolean>();

/** One is enough: nothing awaits while a message is written. */
const shared = new BackWriter();

/** The protobuf message of an object, whose type it is. What the type does not have is left out. */
export function encodeMessage(struct: StructType, object: object): Buffer {
  try {
    messageWriter(struct)(object as Members, shared);
    return shared.finish();
  } finally {
    shared.reset();
  }
}

/** True for types that protobuf can carry: all but tables and kinds of our own, whose fields have no numbers. */
export function isEncodable(struct: StructType): boolean {
  let known = encodable.get(struct);
  if (known === undefined) {
    encodable.set(struct, true); // types refer to each other in circles
    const numbered = struct.own.every(({ number, type }) => number > 0 && isEncodableType(type));
    known = numbered && struct.inlined.every(({ type }) => isEncodableType(type));
    encodable.set(struct, known);
  }
  return known;
}

function isEncodableType(type: TypeRef): boolean {
  if (type.of === 'struct') return isEncodable(type.struct);
  if (type.of === 'list') return isEncodableType(type.item);
  if (type.of === 'map') return isEncodableType(type.value);
  return type.of === 'special' || type.scalar !== 'any';
}

/** The writer of a struct, compiled on first use: one closure per field, the highest number first, because writing goes backwards. */
export function messageWriter(struct: StructType): WriteMessage {
  let writer = writers.get(struct);
  if (!writer) {
    let parts: readonly Part[] | undefined;
    writer = (members, to) => {
      for (const { name, write } of (parts ??= partsOf(struct))) {
        const value = name === undefined ? members : members[name];
        if (value !== undefined && value !== null) write(value, to);
      }
    };
    writers.set(struct, writer);
  }
  return writer;
}

function partsOf(struct: StructType): Part[] {
  const fields = struct.own
    .filter(({ number }) => number > 0)
    .map((field): Part => ({ name: field.name, number: field.number, write: fieldWriter(field) }));
  const inlined = struct.inlined.flatMap(({ number, type }): Part[] =>
    number > 0 && type.of === 'struct' ? [{ number, write: inlinedWriter(number, type.struct) }] : [],
  );
  return [...fields, ...inlined].sort((a, b) => b.number - a.number);
}

/** Only when it has something to say: the members may all be those of the outer struct. */
function inlinedWriter(number: number, struct: StructType): WriteValue {
  const write = messageWriter(struct);
  return (members, to) => {
    const since = to.length;
    write(members as Members, to);
    if (to.length > since) to.delimit(number, since);
  };
}

/** A value that is none says nothing, unless the field is a pointer. */
function fieldWriter({ number, type, pointer }: Field): WriteValue {
  if (type.of === 'list' && !type.alias) return listWriter(number, type.item);
  if (type.of === 'map') return mapWriter(number, type.value);
  const write = valueWriter(number, type);
  if (pointer || type.of !== 'scalar') return write;
  return (value, to) => {
    if (value !== '' && value !== 0 && value !== false) write(value, to);
  };
}

function listWriter(number: number, item: TypeRef): WriteValue {
  const write = valueWriter(number, item);
  return (value, to) => {
    const list = value as readonly unknown[];
    for (let i = list.length - 1; i >= 0; i--) write(list[i] ?? emptyOf(item), to);
  };
}

/** A map is a list of pairs, in the order of their keys: 1 the key, 2 the value. */
function mapWriter(number: number, item: TypeRef): WriteValue {
  const write = item.of === 'list' ? aliasWriter(2, item.item) : valueWriter(2, item);
  return (value, to) => {
    const map = value as Members;
    const keys = Object.keys(map).sort();
    for (let i = keys.length - 1; i >= 0; i--) {
      const key = keys[i] as string;
      const since = to.length;
      write(map[key] ?? emptyOf(item), to);
      to.text(1, key);
      to.delimit(number, since);
    }
  };
}

/** What stands for null inside a list or map. */
const emptyOf = (type: TypeRef): unknown => {
  if (type.of === 'special') return null;
  if (type.of !== 'scalar') return type.of === 'list' ? [] : {};
  return type.scalar === 'string' || type.scalar === 'bytes' ? '' : 0;
};

function valueWriter(number: number, type: TypeRef): WriteValue {
  switch (type.of) {
    case 'scalar':
      return scalarWriter(number, type.scalar);
    case 'struct':
      return structWriter(number, type.struct);
    case 'special':
      return specialWriter(number, type.special);
    case 'list':
      return aliasWriter(number, type.item);
    case 'map':
      throw new Error('protobuf has no lists of maps');
  }
}

function structWriter(number: number, struct: StructType): WriteValue {
  const write = messageWriter(struct);
  return (value, to) => {
    const since = to.length;
    write(value as Members, to);
    to.delimit(number, since);
  };
}

/** A named list (`ExtraValue`) is a message whose field 1 repeats. */
function aliasWriter(number: number, item: TypeRef): WriteValue {
  const write = listWriter(1, item);
  return (value, to) => {
    const since = to.length;
    write(value, to);
    to.delimit(number, since);
  };
}

function specialWriter(number: number, special: Special): WriteValue {
  return (value, to) => {
    const since = to.length;
    writeSpecial(special, value, to, () => messageWriter(typeTable().byId('apiextensions/v1.JSONSchemaProps')));
    to.delimit(number, since);
  };
}

function scalarWriter(number: number, scalar: Scalar): WriteValue {
  switch (scalar) {
    case 'string':
      return (value, to) => to.text(number, String(value));
    case 'bytes':
      return (value, to) => to.raw(number, Buffer.from(String(value), 'base64'));
    case 'bool':
      return (value, to) => to.int(number, value ? 1 : 0);
    case 'float64':
      return (value, to) => to.double(number, Number(value));
    case 'int32':
    case 'int64':
      return (value, to) => to.int(number, Number(value));
    case 'any':
      throw new Error('protobuf cannot carry a value of any type');
  }
}
