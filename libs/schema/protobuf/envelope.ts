import { BackWriter } from './back-writer';
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

const heads = new Map<string, Buffer>();
/** contentEncoding and contentType, which are always empty. */
const TAIL = Buffer.from([0x1a, 0, 0x22, 0]);

/** The bytes of a body: the magic, the type, the object. The other way around than readEnvelope. */
export const writeEnvelope = (type: { readonly apiVersion: string; readonly kind: string }, raw: Buffer): Buffer =>
  Buffer.concat(envelopePieces(type, [raw]));

/** The same in pieces, of an object in pieces. */
export function envelopePieces(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  raw: readonly Buffer[],
): Buffer[] {
  const key = `${apiVersion}/${kind}`;
  let head = heads.get(key);
  if (!head) {
    const writer = new BackWriter();
    writer.text(2, kind);
    writer.text(1, apiVersion);
    writer.delimit(1, 0);
    heads.set(key, (head = Buffer.concat([MAGIC, writer.finish()])));
  }
  const length = raw.reduce((sum, piece) => sum + piece.length, 0);
  return [head, sizeOf(0x12, { length }), ...raw, TAIL];
}

/** The tag of a length-delimited field (in its one byte) and how long it is. */
function sizeOf(tag: number, { length }: { readonly length: number }): Buffer {
  const bytes = [tag];
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The message of any list, in pieces: 1 is its metadata, 2 repeats the messages of its items. All lists of Kubernetes are made so. */
export function listPieces(metadata: Buffer, items: readonly Buffer[]): Buffer[] {
  const parts: Buffer[] = [sizeOf(0x0a, metadata), metadata];
  for (const item of items) parts.push(sizeOf(0x12, item), item);
  return parts;
}

/**
 * One event of a watch: its length in four bytes, then a WatchEvent whose object is a body of its own. Mirrors streaming's length-delimited
 * framer.
 */
export function watchFrame(type: string, body: Buffer): Buffer {
  const name = Buffer.from(type);
  const raw = Buffer.concat([sizeOf(0x0a, body), body]);
  const event = Buffer.concat([sizeOf(0x0a, name), name, sizeOf(0x12, raw), raw]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}
