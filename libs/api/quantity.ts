/**
 * resource.Quantity: exact amounts such as `500m` or `1Gi`.
 * Mirrors apimachinery/pkg/api/resource/quantity.go, with one integer of billionths instead of upstream's two number forms.
 */

/** How an amount is written: `1k`, `1Ki` or `1e3`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An amount in billionths (the finest step a quantity has) and the way it was written. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

/** What upstream says about text that is not a quantity. */
export const QUANTITY_FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_WRONG = "unable to parse quantity's suffix";
const NUMBER_WRONG = 'unable to parse numeric part of quantity';

/** Thrown by `parseQuantity`; the message is upstream's. */
export class QuantityError extends Error {}

const NANO = 1_000_000_000n;
const MAX_BINARY = (2n ** 63n - 1n) * NANO;
/** Beyond this a decimal exponent is a slip or an attack: upstream's numbers end near 10^18, ours would eat memory. */
const MAX_EXPONENT = 1000;

const DECIMAL_SUFFIXES = new Map<string, number>([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY_SUFFIXES = new Map<string, number>([
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]);
const SUFFIX_OF_DECIMAL = new Map([...DECIMAL_SUFFIXES].map(([suffix, exponent]) => [exponent, suffix]));
const SUFFIX_OF_BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

/** The few texts that a cluster's objects repeat: reading one costs 4 µs, finding it 0.1, and a pod names ten. */
const known = new Map<string | number, Quantity>();
const MAX_KNOWN = 10_000;

/** Reads a quantity; numbers are accepted as JSON clients send them. Throws QuantityError with upstream's text. */
export function parseQuantity(text: string | number): Quantity {
  let quantity = known.get(text);
  if (quantity) return quantity;
  quantity = readQuantity(text);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, quantity);
  return quantity;
}

function readQuantity(text: string | number): Quantity {
  const match = SHAPE.exec(String(text).trim());
  if (match === null || String(text).trim() === '') throw new QuantityError(QUANTITY_FORMAT_WRONG);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') throw new QuantityError(suffix === '' ? NUMBER_WRONG : QUANTITY_FORMAT_WRONG);

  const unscaled = BigInt(whole + fraction);
  const unit = unitOf(suffix);
  let nano = scaled(unscaled, unit.base, unit.exponent, fraction.length);
  let format = unit.format;
  if (format === 'BinarySI') {
    if (nano > MAX_BINARY) nano = MAX_BINARY;
    if (nano > 0n && nano < NANO) format = 'DecimalSI';
  }
  return { nano: sign === '-' ? -nano : nano, format };
}

/** The complaint about a text, or undefined when it is a quantity. */
export function quantityProblem(text: unknown): string | undefined {
  if (typeof text !== 'string' && typeof text !== 'number') return QUANTITY_FORMAT_WRONG;
  try {
    parseQuantity(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function unitOf(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = BINARY_SUFFIXES.get(suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  if (!/^[eE][-+]?\d+$/.test(suffix)) throw new QuantityError(SUFFIX_WRONG);
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) throw new QuantityError(SUFFIX_WRONG);
  return { base: 10, exponent, format: 'DecimalExponent' };
}

/** Whoever wants some of a resource gets some: what is finer than a billionth is rounded up. */
function scaled(unscaled: bigint, base: 2 | 10, exponent: number, fractionDigits: number): bigint {
  const tens = (base === 10 ? exponent : 0) + 9 - fractionDigits;
  const value = base === 2 ? unscaled << BigInt(exponent) : unscaled;
  return tens >= 0 ? value * 10n ** BigInt(tens) : divideUp(value, 10n ** BigInt(-tens));
}

/** Away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  if (value < 0n) return -divideUp(-value, by);
  return (value + by - 1n) / by;
}

/** The one form upstream prints: `1000m` → `1`, `1024Mi` → `1Gi`, `1500` → `1500`, `12000` → `12k`. */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity;
  if (nano === 0n) return '0';
  const isSmall = nano > -1024n * NANO && nano < 1024n * NANO;
  if (format === 'BinarySI' && !isSmall && nano % NANO === 0n) return formatBinary(nano / NANO);
  return formatDecimal(nano, format === 'DecimalExponent');
}

function formatBinary(value: bigint): string {
  let power = 0;
  while (value % 1024n === 0n && power < SUFFIX_OF_BINARY.length - 1) {
    value /= 1024n;
    power++;
  }
  return `${value}${SUFFIX_OF_BINARY[power]}`;
}

function formatDecimal(nano: bigint, withExponent: boolean): string {
  let exponent = -9;
  while (nano % 1000n === 0n && (withExponent || exponent < 18)) {
    nano /= 1000n;
    exponent += 3;
  }
  if (withExponent) return exponent === 0 ? `${nano}` : `${nano}e${exponent}`;
  return `${nano}${SUFFIX_OF_DECIMAL.get(exponent)}`;
}

/** `parseQuantity` and `formatQuantity` in one step. */
export const canonicalQuantity = (text: string | number): string => formatQuantity(parseQuantity(text));

/** Rounded up to thousandths and in canonical form: what upstream's defaulting does to every resource list. */
export function roundedToMilli(text: string | number): string {
  const known = rounded.get(text);
  if (known !== undefined) return known;
  const { nano, format } = parseQuantity(text);
  const result = formatQuantity({ nano: divideUp(nano, 1_000_000n) * 1_000_000n, format });
  if (rounded.size >= MAX_ROUNDED) rounded.clear();
  rounded.set(text, result);
  return result;
}

/** The same few amounts come again and again. */
const rounded = new Map<string | number, string>();
const MAX_ROUNDED = 1_000;

/** Negative, 0 or positive, as for `sort`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.nano === b.nano) return 0;
  return a.nano < b.nano ? -1 : 1;
}

/** The sum, written like `a` (like `b` when `a` is zero). */
export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

/** The difference, written like `a` (like `b` when `a` is zero). */
export const subtractQuantities = (a: Quantity, b: Quantity): Quantity => addQuantities(a, { nano: -b.nano, format: b.format });

/** In thousandths, rounded up: CPU as the scheduler counts it. Mirrors Quantity.MilliValue. 0 when absent. */
export const milliOf = (text: string | number | undefined): number =>
  text === undefined ? 0 : Number(divideUp(parseQuantity(text).nano, 1_000_000n));

/** In whole units, rounded up: bytes, pods, devices. Mirrors Quantity.Value. 0 when absent. */
export const bytesOf = (text: string | number | undefined): number =>
  text === undefined ? 0 : Number(divideUp(parseQuantity(text).nano, NANO));
