import { readFileSync } from 'node:fs';
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
