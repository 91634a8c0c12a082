import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './verb';

/** A JSON file of ours. @throws UserError when it cannot be read, or is none. */
export function readDocument<T>(file: string): T {
  try {
    return JSON.parse(readText(file)) as T;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} is no JSON: ${(error as Error).message}`);
  }
}

/** A file, or standard input for `-`. @throws UserError */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** Where a cluster started here keeps the public key of its log. */
export const LOG_PUBLIC_KEY = '.decklog/pki/log.pub';

/**
 * The public key in a file, PEM; '' is that of the cluster here. @throws UserError when there is none, which says where it is to be found.
 */
export function readPublicKey(file: string): string {
  const { DECKLOG_HOME } = process.env;
  const path = file || (DECKLOG_HOME ? join(DECKLOG_HOME, 'pki/log.pub') : LOG_PUBLIC_KEY);
  if (file === '' && !existsSync(path))
    throw new UserError(`there is no ${path}: name the public key of the log with --key (pki/log.pub in the folder of its cluster)`);
  const pem = readText(path);
  try {
    createPublicKey(pem);
  } catch {
    throw new UserError(`${path} holds no public key (PEM): that of the log is pki/log.pub in the folder of its cluster`);
  }
  return pem;
}
