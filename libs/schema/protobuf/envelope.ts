import { BYTES, ProtoError, ProtoReader } from './wire';

/** The four bytes before every protobuf body of the Kubernetes API. */
export const MAGIC = Buffer.from('k8s\0', 'latin1');

/** runtime.Unknown: what is in the body, and the bytes of the object itself. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/** Mirrors apimachinery/pkg/runtime/serializer/protobuf. Throws ProtoError. */
export function readEnvelope(bytes: Buffer): Envelope {
  if (!bytes.subarray(0, 4).equals(MAGIC)) {
    throw new ProtoError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0) };
  const reader = new ProtoReader(bytes, 4);
  while (!reader.done) {
    const tag = reader.varint();
    if (tag >>> 3 === 1 && (tag & 7) === BYTES) readTypeMeta(reader.message(), envelope);
    else if (tag >>> 3 === 2 && (tag & 7) === BYTES) envelope.raw = Buffer.from(reader.piece());
    else reader.skip(tag & 7);
  }
  return envelope;
}

function readTypeMeta(reader: ProtoReader, into: { apiVersion: string; kind: string }): void {
  while (!reader.done) {
    const tag = reader.varint();
    if (tag >>> 3 === 1) into.apiVersion = reader.string();
    else if (tag >>> 3 === 2) into.kind = reader.string();
    else reader.skip(tag & 7);
  }
}
