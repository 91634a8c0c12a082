import { badRequest, invalidObject, tooLargeResourceVersion } from '#lib/api/errors';
import { errorText, forbidden, invalid, type FieldError } from '#lib/api/field-error';
import { flagOf, wholeNumberOf } from './parameters';

export type Match = 'Exact' | 'NotOlderThan';

/** Both in upstream's order, which is not the alphabet's. */
const unsupportedMatch = (match: string, supported: string): FieldError => ({
  type: 'FieldValueNotSupported',
  field: 'resourceVersionMatch',
  value: match,
  detail: `supported values: ${supported}`,
});

const matchForbidden = (why: string): FieldError => forbidden('resourceVersionMatch', why);

/** metav1.ListOptions that contradict each other. @throws ApiError 422. Mirrors ValidateListOptions of apimachinery. */
export function checkListOptions(query: URLSearchParams, isWatch: boolean): void {
  const errors = isWatch ? watchErrors(query) : listErrors(query);
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'ListOptions', '', errors);
}

function listErrors(query: URLSearchParams): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const revision = query.get('resourceVersion') ?? '';
  const errors: FieldError[] = [];
  if (match !== '') {
    if (revision === '') errors.push(matchForbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (query.get('continue')) errors.push(matchForbidden('resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(unsupportedMatch(match, '"Exact", "NotOlderThan", ""'));
    if (match === 'Exact' && revision === '0')
      errors.push(matchForbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (query.get('sendInitialEvents') !== null) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors(query: URLSearchParams): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const initial = query.get('sendInitialEvents') !== null;
  const errors: FieldError[] = [];
  if (initial && match !== 'NotOlderThan')
    errors.push(matchForbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  if (match === '') return errors;
  if (!initial) errors.push(matchForbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  if (match !== 'NotOlderThan') errors.push(unsupportedMatch(match, '"NotOlderThan"'));
  if (query.get('continue')) errors.push(matchForbidden('resourceVersionMatch is forbidden when continue is provided'));
  return errors;
}

/** The revision that a query names. @throws ApiError 400, or 504 when it lies beyond `head`. */
export function revisionOf(query: URLSearchParams, head: number): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  const revision = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision)) {
    const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
    throw badRequest(
      `invalid resource version: ${errorText(invalid('resourceVersion', text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`))}`,
    );
  }
  if (revision > head) throw tooLargeResourceVersion(revision, head);
  return revision;
}

/** How many objects a page has at most; 0 is no limit. @throws ApiError 400. */
export const limitOf = (query: URLSearchParams): number => Math.max(0, wholeNumberOf(query, 'limit') ?? 0);

/** What a watch is asked to send, and for how long. */
export interface WatchParameters {
  /**
   * Begin with the objects, then a bookmark that says so; false: begin with what happens from now on; undefined: the objects, when no
   * revision is named.
   */
  readonly sendInitialEvents: boolean | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

/** Longer than that a timer cannot wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws ApiError 400 for what cannot be read, and 422 for parameters that contradict each other. */
export function watchParameters(query: URLSearchParams): WatchParameters {
  checkListOptions(query, true);
  const seconds = wholeNumberOf(query, 'timeoutSeconds') ?? 0;
  const timeoutMs = 1000 * (seconds === 0 ? 1800 + Math.floor(Math.random() * 1800) : seconds);
  return {
    sendInitialEvents: flagOf(query, 'sendInitialEvents'),
    bookmarks: flagOf(query, 'allowWatchBookmarks') === true,
    timeoutMs: Math.min(Math.max(timeoutMs, 0), MAX_TIMER_MS),
  };
}
