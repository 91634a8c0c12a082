import { EvaluationProblem } from './evaluation';
import { Double, isMap, mapEntries, Optional, UnsignedInt } from '#lib/cel/values';

/** What an expression made, as JSON. @throws EvaluationProblem for values that JSON does not have. */
export function plainOf(value: unknown): unknown {
  if (value instanceof Double) return value.value;
  if (value instanceof UnsignedInt || typeof value === 'bigint') return Number(value instanceof UnsignedInt ? value.value : value);
  if (value instanceof Optional) return value.present ? plainOf(value.content) : undefined;
  if (Array.isArray(value)) return value.map(plainOf);
  if (isMap(value)) return Object.fromEntries(mapEntries(value).map(([key, member]) => [String(key), plainOf(member)]));
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return value;
  throw new EvaluationProblem('the expression gives a value that objects cannot hold');
}
