import { addQuantities, compareQuantities, parseQuantity, quantityProblem, subtractQuantities, type Quantity } from '#lib/api/quantity';
import { func, method, type Overload } from '../declarations';
import { CelError } from '../issues';
import { BOOL, DOUBLE, INT, opaqueType, STRING } from '../types';
import { CelValue, Double, intOf, type IntValue } from '../values';
import { walking } from './charges';

/** The type of `quantity('1Gi')`. */
export const QUANTITY = opaqueType('kubernetes.Quantity');

const NANO = 1_000_000_000n;

class QuantityValue extends CelValue {
  readonly typeName = 'kubernetes.Quantity';
  constructor(readonly quantity: Quantity) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof QuantityValue && other.quantity.nano === this.quantity.nano;
  }
}

function quantity(text: string): QuantityValue {
  const problem = quantityProblem(text);
  if (problem !== undefined) throw new CelError(problem);
  return new QuantityValue(parseQuantity(text));
}

const fitsInteger = ({ quantity: { nano } }: QuantityValue): boolean =>
  nano % NANO === 0n && nano / NANO >= -(2n ** 63n) && nano / NANO < 2n ** 63n;

function asInteger(value: QuantityValue): IntValue {
  if (!fitsInteger(value)) throw new CelError('cannot convert value to integer');
  return intOf(value.quantity.nano / NANO);
}

const order = (a: QuantityValue, b: QuantityValue): number => compareQuantities(a.quantity, b.quantity);
const ofInt = (value: IntValue): QuantityValue => new QuantityValue({ nano: BigInt(value) * NANO, format: 'DecimalSI' });
const sum = (a: QuantityValue, b: QuantityValue): QuantityValue => new QuantityValue(addQuantities(a.quantity, b.quantity));
const difference = (a: QuantityValue, b: QuantityValue): QuantityValue => new QuantityValue(subtractQuantities(a.quantity, b.quantity));

/** `quantity('100Mi').isLessThan(quantity('1Gi'))`. Mirrors apiserver/pkg/cel/library/quantity.go. */
export const quantities: readonly Overload[] = [
  func('quantity', [STRING], QUANTITY, quantity, walking(0)),
  func('isQuantity', [STRING], BOOL, (text: string) => quantityProblem(text) === undefined, walking(0)),
  method('sign', [QUANTITY], INT, ({ quantity: { nano } }: QuantityValue) => (nano > 0n ? 1 : nano < 0n ? -1 : 0)),
  method('isInteger', [QUANTITY], BOOL, fitsInteger),
  method('asInteger', [QUANTITY], INT, asInteger),
  method('asApproximateFloat', [QUANTITY], DOUBLE, ({ quantity: { nano } }: QuantityValue) => new Double(Number(nano) / 1e9)),
  method('isGreaterThan', [QUANTITY, QUANTITY], BOOL, (a: QuantityValue, b: QuantityValue) => order(a, b) > 0),
  method('isLessThan', [QUANTITY, QUANTITY], BOOL, (a: QuantityValue, b: QuantityValue) => order(a, b) < 0),
  method('compareTo', [QUANTITY, QUANTITY], INT, order),
  method('add', [QUANTITY, QUANTITY], QUANTITY, sum),
  method('add', [QUANTITY, INT], QUANTITY, (a: QuantityValue, b: IntValue) => sum(a, ofInt(b))),
  method('sub', [QUANTITY, QUANTITY], QUANTITY, difference),
  method('sub', [QUANTITY, INT], QUANTITY, (a: QuantityValue, b: IntValue) => difference(a, ofInt(b))),
];
