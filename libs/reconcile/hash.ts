import { canonicalJson } from './canonical';

/** The letters and digits of generated names: no vowels and no 0, 1 or 3, so that no words appear. Mirrors apimachinery's util/rand. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits, over the UTF-16 units of the text (bytes, for ASCII). */
export function fnv1a(text: string, start = FNV_OFFSET): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

/** The text in an alphabet that is safe in names and spells nothing. Mirrors rand.SafeEncodeString. */
export const safeEncode = (text: string): string => Array.from(text, (c) => SAFE[c.charCodeAt(0) % SAFE.length]).join('');

/**
 * The value of the `pod-template-hash` label. `collisions` changes it when another template has the same hash. The algorithm is
 * that of controller.ComputeHash, the input is not (upstream hashes a dump of Go structures), so the values differ from a real cluster's.
 */
export function templateHash(template: unknown, collisions: number | undefined): string {
  const hash = fnv1a(canonicalJson(template, isNothing));
  return safeEncode(String(collisions === undefined ? hash : fnv1a(String(collisions), hash)));
}

/** A member that is null says as much as none. */
const isNothing = (member: unknown): boolean => member === undefined || member === null;
