import { decodeBody, JSON_TYPE } from '#lib/schema/decode/body';
import { encodeMessage, isEncodable } from '#lib/schema/protobuf/encode';
import { writeEnvelope } from '#lib/schema/protobuf/envelope';
import { typeTable } from '#lib/schema/types';

/** An object as protobuf, each character a byte; '' when it cannot be one. */
export function messageOf(object: Record<string, unknown>): string {
  const type = object as unknown as { apiVersion: string; kind: string };
  const struct = typeTable().ofKind(type.apiVersion, type.kind);
  if (!struct || !isEncodable(struct)) return '';
  try {
    const { object: read } = decodeBody(Buffer.from(JSON.stringify(object)), JSON_TYPE, type, 'Ignore');
    return writeEnvelope(type, encodeMessage(struct, read)).toString('latin1');
  } catch {
    return writeEnvelope(type, Buffer.alloc(0)).toString('latin1');
  }
}
