import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Wraps the data keys of objects, so that the database alone opens no secret. */
export class MasterKey {
  /** @param key 32 bytes */
  constructor(private readonly key: Buffer) {
    if (key.length !== KEY_BYTES) throw new Error(`the master key must have ${KEY_BYTES} bytes, in base64; this one has ${key.length}`);
  }

  /** A new random key, for tests and for what need not outlive the process. */
  static random(): MasterKey {
    return new MasterKey(randomBytes(KEY_BYTES));
  }

  /**
   * From DECKLOG_MASTER_KEY (base64) when that is set, else from `file`, which is made with a random key (mode 0600) when it is missing.
   */
  static load(file: string, env: NodeJS.ProcessEnv = process.env): MasterKey {
    if (env.DECKLOG_MASTER_KEY) return MasterKey.parse(env.DECKLOG_MASTER_KEY);
    if (!existsSync(file)) makeFile(file);
    return MasterKey.parse(readFileSync(file, 'utf8'));
  }

  static parse(base64: string): MasterKey {
    return new MasterKey(Buffer.from(base64.trim(), 'base64'));
  }

  /** nonce ‖ ciphertext ‖ tag; `uid` is authenticated. */
  wrap(dataKey: Buffer, uid: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(uid));
    return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws when the data key was wrapped by another master key, or for another object. */
  unwrap(wrapped: Buffer, uid: string): Buffer {
    const end = wrapped.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.key, wrapped.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(uid)).setAuthTag(wrapped.subarray(end));
    try {
      return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, end)), decipher.final()]);
    } catch (error) {
      throw new Error(`the data key of object ${uid} does not open: the master key is not the one it was made with`, { cause: error });
    }
  }
}

/** Of several processes that start at once the first wins; a link, unlike an open file, never shows the others half a key. */
function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
