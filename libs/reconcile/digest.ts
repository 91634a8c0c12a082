import { canonicalJson } from './canonical';
import type { SentCommand } from './decide';

/** SHA-256 of a text in hexadecimal; given from outside because this library is pure. */
export type Sha256 = (text: string) => string;

/**
 * A decision of more commands than this has one digest for all: each of its entries carries the list, so a list of 500 would be written 500
 * times.
 */
const MAX_DIGESTS = 16;

/**
 * What stands for the commands of a decision in the log: two decisions with the same digests wish the same. Usually 16 hex digits
 * per command, in order; for many commands a single one, `500:…`.
 */
export function digestsOf(commands: readonly SentCommand[], sha256: Sha256): readonly string[] {
  const digests = commands.map((command) => sha256(canonicalJson(command)).slice(0, 16));
  return digests.length <= MAX_DIGESTS ? digests : [`${digests.length}:${sha256(digests.join()).slice(0, 16)}`];
}

/** Stands in for SHA-256 where no digest leaves the process: simulations and tests. FNV-1a over both halves of the text, 64 bits. */
export function plainDigest(text: string): string {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4];
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(text.length - 1 - i), 0x01000193);
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
