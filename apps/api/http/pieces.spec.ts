import { PassThrough } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { Outgoing } from './exchange';
import { chunksOf, sendPieces } from './pieces';

const pieces = Array.from({ length: 300 }, (_, i) => Buffer.alloc(i % 50 === 0 ? 200_000 : 1_000 + i, i % 251));
const whole = Buffer.concat(pieces);

async function read(stream: PassThrough): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk as Buffer)); // as a socket does: what was taken may be written over
    await new Promise((resolve) => setImmediate(resolve));
  }
  return Buffer.concat(chunks);
}

describe('a body in pieces', () => {
  test('is put together to chunks, of which each holds until the next but one', () => {
    const seen: Buffer[] = [];
    let before: Buffer | undefined;
    for (const chunk of chunksOf(pieces, 10_000)) {
      if (before) seen.push(Buffer.from(before));
      before = chunk;
    }
    expect(Buffer.concat([...seen, before as Buffer]).equals(whole)).toBe(true);
    expect(seen.length).toBeGreaterThan(30);
  });

  test.each([[false], [true]])('comes whole to a client who reads slowly; packed: %s', async (pack) => {
    const response = new PassThrough({ highWaterMark: 1 });
    const reading = read(response);
    await sendPieces(response as unknown as Outgoing, pieces, pack);
    const got = await reading;
    expect((pack ? gunzipSync(got) : got).equals(whole)).toBe(true);
  });

  test('is no longer put together when the client goes', async () => {
    const response = new PassThrough({ highWaterMark: 1 });
    const sending = sendPieces(response as unknown as Outgoing, pieces, false);
    response.destroy();
    await expect(sending).resolves.toBeUndefined();
  });
});
