import type { IncomingMessage } from 'node:http';

/**
 * Reads an answer of another server whole. Beyond `maxBytes` nothing more is kept, and `tooLarge` is called to end the request; what breaks
 * the answer off then, as at any other time, is the error that this rejects with.
 */
export function wholeBody(answer: IncomingMessage, maxBytes: number, tooLarge: () => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) tooLarge();
      else chunks.push(chunk);
    });
    answer.on('error', reject);
    answer.on('end', () => resolve(Buffer.concat(chunks)));
  });
}
