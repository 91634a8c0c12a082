import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { bundleProblem, NotABundle, readBundle, type Bundle } from '#lib/log/bundle/bundle';
import { UserError } from '../verb';

/** gzip writes neither a time nor a name, so that the same lines make the same file. */
export async function writeBundle(file: string, lines: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(lines), createGzip({ level: 6 }), createWriteStream(file));
  } catch (error) {
    rmSync(file, { force: true }); // half a bundle is none
    throw error;
  }
}

/** Reads a bundle and checks every row of it. @throws UserError */
export async function openBundle(file: string, publicKey?: string): Promise<Bundle> {
  const bundle = await loadBundle(file);
  const problem = bundleProblem(bundle, publicKey);
  if (problem) throw new UserError(`${file} does not verify: ${problem}`);
  return bundle;
}

/** Reads a bundle. @throws UserError when it is none */
export async function loadBundle(file: string): Promise<Bundle> {
  try {
    return await readBundle(linesOf(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof NotABundle || code?.startsWith('Z_') || code === 'ENOENT' || code === 'EACCES')
      throw new UserError(`${file} cannot be read: ${message}`);
    throw error;
  }
}

/** What fails in the file fails in the reader. */
async function* linesOf(file: string): AsyncIterable<string> {
  const plain = createGunzip();
  const reading = pipeline(createReadStream(file), plain);
  reading.catch(() => undefined); // told below
  yield* createInterface({ input: plain, crlfDelay: Infinity });
  await reading;
}
