import type { SentCommand } from './decide';

/** SHA-256 of a text in hexadecimal; given from outside because this library is pure. */
export type Sha256 = (text: string) => string;

/** 16 hex digits that stand for a command in the log: two commands with the same digest are the same wish. */
export const digestOf = (command: SentCommand, sha256: Sha256): string => sha256(canonicalJson(command)).slice(0, 16);

/** JSON with sorted members and without undefined ones: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = value as Record<string, unknown>;
  const parts: string[] = [];
  for (const key of Object.keys(members).sort()) {
    if (members[key] !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(members[key])}`);
  }
  return `{${parts.join(',')}}`;
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
