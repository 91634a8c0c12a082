import { badRequest } from '#lib/api/errors';

/**
 * A flag of a query string: absent is undefined, `false` and `0` are false, anything else is true. Mirrors Convert_Slice_string_To_bool.
 */
export function flagOf(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  return text === null ? undefined : text.toLowerCase() !== 'false' && text !== '0';
}

/** A whole number of a query string, in Go's int64. @throws ApiError 400 with the text of strconv. */
export function wholeNumberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const refuse = (why: string) => badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw refuse('invalid syntax');
  if (BigInt.asIntN(64, BigInt(text.replace('+', ''))) !== BigInt(text.replace('+', ''))) throw refuse('value out of range');
  return Number(text);
}

const DURATION = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

/** `timeout` of a request that is answered at once says nothing to us, but must be a duration. @throws ApiError 400. */
export function checkTimeout(query: URLSearchParams): void {
  const text = query.get('timeout') ?? '';
  if (text === '' || DURATION.test(text)) return;
  const problem = /^[+-]?\d+(\.\d*)?$/.test(text) ? 'missing unit in' : 'invalid';
  throw badRequest(`invalid timeout specified in the request URL - time: ${problem} duration ${JSON.stringify(text)}`);
}
