import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFile, replaceFile } from './private-file';

/**
 * The Ed25519 key (PKCS #8 PEM) that signs the log's tree heads: `log.key` of the folder, made (0600) when there is none. `log.pub`
 * beside it is for those who check proofs, and always follows the key. Ed25519 because its signatures need no randomness: the
 * head of the same entries is the same to the last byte.
 */
export function logKey(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const [keyFile, publicFile] = [join(directory, 'log.key'), join(directory, 'log.pub')];
  if (!existsSync(keyFile)) createFile(keyFile, newLogKey());
  const key = readFileSync(keyFile, 'utf8');
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  if (!existsSync(publicFile) || readFileSync(publicFile, 'utf8') !== publicKey) replaceFile(publicFile, publicKey, 0o644);
  return key;
}

/** A fresh one, for a log that nobody outlives. */
export const newLogKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
