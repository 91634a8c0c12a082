import type { KubeObject } from '#lib/api/meta';
import { encodeMessage, isEncodable } from '#lib/schema/protobuf/encode';
import { writeEnvelope } from '#lib/schema/protobuf/envelope';
import { typeTable, type StructType } from '#lib/schema/types';

type TypeName = { readonly apiVersion: string; readonly kind: string };

/** The type that carries an object over the wire as protobuf; undefined for custom resources, tables and whatever else has none. */
export function protobufType({ apiVersion, kind }: TypeName): StructType | undefined {
  const struct = typeTable().ofKind(apiVersion, kind);
  return struct && isEncodable(struct) ? struct : undefined;
}

const messages = new WeakMap<object, Buffer>();

/** The object's message, as it stands in lists. Objects never change, so it is made once; only for types that have one. */
export function messageOf(object: KubeObject): Buffer {
  let known = messages.get(object);
  if (!known) messages.set(object, (known = encodeMessage(typeOf(object), object)));
  return known;
}

/** A whole body: the magic, the type and the message of an object that is kept. */
export const protobufOf = (object: KubeObject): Buffer => writeEnvelope(object, messageOf(object));

/** The same for a document that is made for one answer. */
export const protobufDocument = (document: TypeName): Buffer => writeEnvelope(document, encodeMessage(typeOf(document), document));

function typeOf(object: TypeName): StructType {
  const struct = protobufType(object);
  if (!struct) throw new Error(`${object.apiVersion} ${object.kind} has no protobuf`);
  return struct;
}
