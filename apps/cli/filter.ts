import { IsString } from 'class-validator';
import { ASK_FLAGS, AskOptions, objectOf } from './ask';
import type { Flag } from './verb';

/** The options of a verb that lists what happened, filtered. */
export class FilterOptions extends AskOptions {
  @IsString()
  namespace = '';

  @IsString()
  user = '';

  @IsString()
  verb = '';

  @IsString()
  since = '';

  @IsString()
  until = '';
}

/** Their flags. */
export const FILTER_FLAGS: Readonly<Record<keyof FilterOptions, Flag>> = {
  namespace: { type: 'string', short: 'n', about: 'Only this namespace (with an object: its namespace, default: default)' },
  user: { type: 'string', about: 'Only by this user' },
  verb: { type: 'string', about: 'Only this verb: create, update, patch, delete, …' },
  since: { type: 'string', about: 'Only from this time on: RFC 3339, as the list prints it (UTC), or how long ago: 10m' },
  until: { type: 'string', about: 'Only up to this time, written in the same way' },
  ...ASK_FLAGS,
};

/** The query for them, as `/decklog/v1/…` wants it; `words` name one object, or nothing. */
export function filterQuery(options: FilterOptions, words: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const field of ['namespace', 'user', 'verb', 'since', 'until'] as const) if (options[field] !== '') query.set(field, options[field]);
  if (words.length === 0) return query;
  const { kind, name } = objectOf(words);
  query.set('resource', kind.resource);
  query.set('name', name);
  query.set('namespace', kind.namespaced ? options.namespace || 'default' : '');
  return query;
}
