import { CelError } from '../issues';
import { durationText, timestampText } from '../time-values';
import { Double, Duration, isInt, isMap, mapEntries, Timestamp, typeNameOf, TypeValue, UnsignedInt } from '../values';
import { doubleText } from './conversions';

/** `'%s has %d'.format([name, count])`. @throws CelError. Mirrors cel-go/ext/formatting.go. */
export function format(text: string, args: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%(?:\.(\d+))?([^]?)/g, (_all, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= args.length) throw new CelError(`index ${next} out of range`);
    return formatted(verb, precision, args[next++]);
  });
}

function formatted(verb: string, precision: string | undefined, value: unknown): string {
  switch (verb) {
    case 's':
      return textOf(value);
    case 'd':
      return digits(value, 10, 'decimal');
    case 'f':
      return amount(value, 'fixed-point').toFixed(Number(precision ?? 6));
    case 'e':
      return amount(value, 'scientific notation')
        .toExponential(Number(precision ?? 6))
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : digits(value, 2, 'binary');
    case 'o':
      return digits(value, 8, 'octal');
    case 'x':
    case 'X': {
      const hex =
        typeof value === 'string'
          ? Buffer.from(value).toString('hex')
          : value instanceof Uint8Array
            ? Buffer.from(value).toString('hex')
            : digits(value, 16, 'hex');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    default:
      throw new CelError(`unrecognized formatting clause "${verb}"`);
  }
}

function digits(value: unknown, base: number, word: string): string {
  if (isInt(value)) return value.toString(base);
  if (value instanceof UnsignedInt) return value.value.toString(base);
  if (base === 10 && (value instanceof Double || typeof value === 'number')) return doubleText(value as Double);
  throw new CelError(`error during formatting: ${word} clause can only be used on integers, was given ${typeNameOf(value)}`);
}

function amount(value: unknown, word: string): number {
  if (value instanceof Double) return value.value;
  if (value instanceof UnsignedInt) return Number(value.value);
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new CelError(`error during formatting: ${word} clause can only be used on doubles, was given ${typeNameOf(value)}`);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : doubleText(value);
  if (value instanceof Double) return doubleText(value);
  if (value instanceof UnsignedInt) return String(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.name;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (isMap(value))
    return `{${mapEntries(value)
      .map(([key, item]) => `${textOf(key)}: ${textOf(item)}`)
      .sort()
      .join(', ')}}`;
  throw new CelError(
    `error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${typeNameOf(value)}`,
  );
}
