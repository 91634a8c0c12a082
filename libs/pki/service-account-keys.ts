import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newPrivateKey, publicKeyOf } from './keys';
import { createFile, replaceFile } from './private-file';

/** The key pair that signs and checks service-account tokens (JWT with ES256): PKCS #8 and SPKI PEM. */
export interface ServiceAccountKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * Reads `sa.key` of the folder, or makes it (0600) when there is none; `sa.pub` beside it is for readers outside and always follows the
 * key.
 */
export function serviceAccountKeys(directory: string): ServiceAccountKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const keyFile = join(directory, 'sa.key');
  const publicFile = join(directory, 'sa.pub');
  if (!existsSync(keyFile)) createFile(keyFile, newPrivateKey());
  const privateKey = readFileSync(keyFile, 'utf8');
  const publicKey = publicKeyOf(privateKey);
  if (!existsSync(publicFile) || readFileSync(publicFile, 'utf8') !== publicKey) replaceFile(publicFile, publicKey, 0o644);
  return { privateKey, publicKey };
}
