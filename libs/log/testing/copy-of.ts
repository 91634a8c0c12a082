import { makePatch } from '#lib/log/entry/patch';

/** A row of `entry`: whole when it has an object, else a patch. */
export interface Stored {
  readonly frame: number;
  readonly revision: number;
  readonly object?: string;
  readonly decision?: string;
  readonly patch?: Buffer;
}

const bigint = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const column = (bytes: Buffer | undefined): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes ? bytes.length : -1);
  return Buffer.concat([length, bytes ?? Buffer.alloc(0)]);
};
const text = (value: string | undefined): Buffer | undefined => (value === undefined ? undefined : Buffer.from(value));

/** As a binary COPY of `BUILDING` brings them. */
export function copyOf(rows: readonly Stored[]): Buffer {
  const messages = rows.map(({ frame, revision, object, decision, patch }) => {
    const columns = [
      bigint(revision),
      bigint(frame),
      Buffer.from([0, 1]),
      bigint(1),
      patch,
      Buffer.from('M'),
      ...[object && 'default', object && 'a', object && 'uid'].map(text),
      text(object),
      text(decision),
    ];
    return Buffer.concat([Buffer.from([0x64, 0, 0, 0, 0, 0, 11]), ...columns.map(column)]);
  });
  return Buffer.concat([Buffer.alloc(19), ...messages, Buffer.from([0x64, 0, 0, 0, 0, 0xff, 0xff])]);
}

/** The patch of an entry that stands `distance` behind the one that it changes. */
export const patched = (before: string, after: string, distance: number): Buffer =>
  Buffer.concat([Buffer.from([distance]), makePatch(Buffer.from(before), Buffer.from(after), 1e6) as Buffer]);
