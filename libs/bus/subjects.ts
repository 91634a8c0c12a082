import type { AnyKind } from '#lib/api/kind';
import type { LogFilter, LogMessage } from './bus';

/** First token of every log subject. */
const ROOT = 'log';

/** All log subjects: what the stream stores. */
export const ALL_LOG_SUBJECTS = `${ROOT}.>`;

/** The token for "nothing": no namespace, no route. */
const NONE = '_';

/** What may stand in a token as it is; the separator and the wildcards of NATS, `%` itself and everything unusual is escaped. */
const UNSAFE = /[^A-Za-z0-9_-]/gu;

/** One subject token for any text, reversible with `untoken`. */
export function token(text: string): string {
  if (text === '') return NONE;
  if (text === NONE) return '%5F';
  return text.replace(UNSAFE, escape);
}

/** The text that `token` was given. */
export const untoken = (part: string): string => (part === NONE ? '' : decodeURIComponent(part));

/** Percent-encoded UTF-8, also of the characters that encodeURIComponent leaves alone. */
function escape(character: string): string {
  const encoded = encodeURIComponent(character);
  return encoded.startsWith('%') ? encoded : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * `log.<resource>.<route>.<namespace>.<name>`. The object is parsed only when its kind has a route. `kind` is undefined for unknown
 * resources.
 */
export function subjectOf(kind: AnyKind | undefined, entry: LogMessage): string {
  const { resource, namespace, name } = entry;
  return `${ROOT}.${token(resource)}.${routeToken(routeOf(kind, entry))}.${token(namespace)}.${token(name)}`;
}

/** The subject under which exactly the entries of `filter` are found. */
export const filterSubject = (filter: LogFilter): string =>
  filter.route === undefined ? `${ROOT}.${token(filter.resource)}.>` : `${ROOT}.${token(filter.resource)}.${routeToken(filter.route)}.>`;

/** True when an entry with this subject passes this filter's subject. */
export const passes = (subject: string, filter: string): boolean => filter === ALL_LOG_SUBJECTS || subject.startsWith(filter.slice(0, -1));

function routeOf(kind: AnyKind | undefined, entry: LogMessage): string {
  if (!kind?.route) return NONE;
  if (entry.route !== undefined) return entry.route;
  if (entry.object === undefined) return NONE;
  return kind.route(JSON.parse(entry.object));
}

/** Kinds say `_` themselves when an object has no route. */
const routeToken = (route: string): string => (route === NONE ? NONE : token(route));
