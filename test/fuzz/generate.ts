import { typeTable, type Field, type StructType, type TypeRef } from '#lib/schema/types';
import type { TypeName } from '#lib/schema/decode/body';

export type Random = () => number;

export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
const chance = (random: Random, probability: number): boolean => random() < probability;

/** Values that programs stumble over. */
const ODD_TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'a',
  'A',
  'x'.repeat(64),
  'x'.repeat(300),
  '../..',
  'a/b',
  '%s%n',
  '\u0000',
  '\ud800',
  'ünï',
  '$(A)',
  '${A}',
  '=',
  ',',
  '*',
  '{}',
  '[]',
  'null',
  'true',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  '10Gi',
  '1e400',
  '-0',
  '100%',
  '101%',
  '2026-01-01T00:00:00Z',
  '0000-00-00T00:00:00Z',
  '::1',
  '10.0.0.1',
  '10.0.0.0/8',
  'example.com/a',
  'kubernetes.io/x',
  'Always',
  'Never',
  'Foreground',
  'ClusterIP',
  'None',
  'In',
  'Exists',
  'TCP',
  'Equal',
  'NoExecute',
  'Recreate',
  'RollingUpdate',
  'Secret',
  'v1',
  'Pod',
] as const;
const ODD_NUMBERS = [0, 1, -1, 2, 80, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, -(2 ** 53) - 2, 1.5, 1e308, -0] as const;
const ODD_VALUES = [null, true, false, {}, [], [[]], [null], { a: null }, { __proto__: 1 }, '{}'] as const;

/** Half a character, as JSON has it: no text that was sent has one. */
export const HALF = /\\ud[89a-f][0-9a-f]{2}/g;

export function oddValue(random: Random): unknown {
  const kind = random();
  if (kind < 0.5) return pick(random, ODD_TEXTS);
  if (kind < 0.75) return pick(random, ODD_NUMBERS);
  return structuredClone(pick(random, ODD_VALUES));
}

/** An object of the kind with some of its fields, whose values are of their types and mean nothing in particular. */
export function objectOf(random: Random, { apiVersion, kind }: TypeName, metadata: object): Record<string, unknown> {
  const struct = typeTable().ofKind(apiVersion, kind);
  const made = struct ? structOf(random, struct, 0) : {};
  return { ...made, apiVersion, kind, metadata: { ...(chance(random, 0.2) ? (made.metadata as object) : {}), ...metadata } };
}

function structOf(random: Random, struct: StructType, depth: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  const density = depth < 3 ? 0.35 : 0.15;
  for (const field of struct.fields) if (field.required ? chance(random, 0.95) : chance(random, density)) made[field.name] = fieldOf(random, field, depth);
  return made;
}

function fieldOf(random: Random, field: Field, depth: number): unknown {
  if (field.enum && chance(random, 0.8)) return pick(random, field.enum);
  if (field.name === 'name' && chance(random, 0.7)) return pick(random, ['a', 'b', 'web', 'data']);
  return valueOf(random, field.type, depth);
}

function valueOf(random: Random, type: TypeRef, depth: number): unknown {
  switch (type.of) {
    case 'scalar':
      return scalarOf(random, type.scalar);
    case 'special':
      return specialOf(random, type.special);
    case 'struct':
      return depth > 9 ? {} : structOf(random, type.struct, depth + 1);
    case 'list':
      return Array.from({ length: Math.floor(random() * (depth > 5 ? 2 : 3)) }, () => valueOf(random, type.item, depth + 1));
    case 'map':
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 3) }, () => [
          pick(random, ['a', 'app', 'example.com/b', 'cpu', 'memory', ...ODD_TEXTS]),
          valueOf(random, type.value, depth + 1),
        ]),
      );
  }
}

function scalarOf(random: Random, scalar: string): unknown {
  if (scalar === 'string') return chance(random, 0.4) ? pick(random, ['a', 'b', 'web', '/x', 'http', 'RuntimeDefault']) : pick(random, ODD_TEXTS);
  if (scalar === 'bool') return chance(random, 0.5);
  if (scalar === 'bytes') return usually(random, ['', 'YQ=='], ['not base64']);
  if (scalar === 'any') return oddValue(random);
  const number = chance(random, 0.6) ? Math.floor(random() * 100) : Math.trunc(pick(random, ODD_NUMBERS));
  return chance(random, 0.97) ? Math.max(-(2 ** 31), Math.min(number, 2 ** 31 - 1)) : number;
}

function specialOf(random: Random, special: string): unknown {
  if (special === 'Quantity') return usually(random, ['1', '100m', '1Gi', '0', '-1', '1e3', 5, 0.1], ['1e400', 'x', {}]);
  if (special === 'IntOrString') return pick(random, [80, 'http', '25%', 0, -1, '', '1000%', 70_000]);
  if (special === 'Time' || special === 'MicroTime')
    return usually(random, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456Z', '9999-12-31T23:59:59Z'], ['x', 7]);
  if (special === 'Duration') return usually(random, ['1s', '1h'], ['x']);
  if (special === 'FieldsV1' || special === 'RawExtension') return usually(random, [{}, { a: 1 }], ['x', []]);
  return oddValue(random);
}

/** What cannot be decoded at all ends a request early, so it is rare. */
const usually = (random: Random, good: readonly unknown[], wrong: readonly unknown[]): unknown => pick(random, random() < 0.97 ? good : wrong);

/** A copy of a JSON value with one to three things changed. */
export function mutated(random: Random, value: unknown): unknown {
  let copy: unknown = structuredClone(value);
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) copy = changedOnce(random, copy);
  return copy;
}

function changedOnce(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || chance(random, 0.1)) return oddValue(random);
  const keys = Object.keys(value);
  if (keys.length === 0) return oddValue(random);
  const members = value as Record<string, unknown>;
  const key = pick(random, keys);
  const what = random();
  if (what < 0.6) members[key] = changedOnce(random, members[key]);
  else if (what < 0.75) {
    if (Array.isArray(value)) value.splice(Number(key), 1);
    else delete members[key];
  } else if (what < 0.85 && Array.isArray(value)) value.push(structuredClone(value[Number(key)]));
  else if (what < 0.95 && !Array.isArray(value))
    Object.defineProperty(members, pick(random, ODD_TEXTS), { value: oddValue(random), enumerable: true, configurable: true, writable: true });
  else members[key] = { ...members };
  return value;
}

/** Text with some of its characters changed, doubled or cut off. */
export function garbled(random: Random, text: string): string {
  const at = Math.floor(random() * text.length);
  const what = random();
  if (what < 0.3) return text.slice(0, at);
  if (what < 0.6)
    return text.slice(0, at) + pick(random, ['"', '{', '}', '[', ',', ':', '\\', '\n', '\u0000', '\t', '0', '&', '*', '!', '%']) + text.slice(at + 1);
  return text.slice(0, at) + text.slice(at, at + 20).repeat(1 + Math.floor(random() * 4)) + text.slice(at + 5);
}

export const oddText = (random: Random): string => pick(random, ODD_TEXTS);
