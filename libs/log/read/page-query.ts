import type { ReadRange } from '#lib/log/log';
import { ENTRY_OF, type BoundQuery } from '#lib/log/database/queries';

/** A ReadRange whose bounds are revisions, and whose resources are numbers. */
export interface PageRange extends Omit<ReadRange, 'resources' | 'since' | 'until'> {
  readonly resources?: readonly number[];
}

type Filter = (range: PageRange, bind: (value: unknown) => string) => string | undefined;

/** Of one resource, `=`, for which the planner knows more. */
const ofResource: Filter = ({ resources }, bind) => {
  if (!resources) return undefined;
  return resources.length === 1 ? `resource = ${bind(resources[0])}::smallint` : `resource = ANY(${bind(resources)}::smallint[])`;
};
const equals =
  (column: 'namespace' | 'name' | 'uid'): Filter =>
  (range, bind) =>
    range[column] === undefined ? undefined : `${column} = ${bind(range[column])}`;

/** Only the whole entry of a frame tells which object it is about. */
const IDENTITY: readonly Filter[] = [ofResource, equals('namespace'), equals('name'), equals('uid')];

/** Who asked, and how, is told by the origin. kubectl tells its session with its command, and entries with a session have an index. */
const ORIGIN: readonly Filter[] = [
  ({ user }, bind) => (user === undefined ? undefined : `actor ->> 'user' = ${bind(user)}`),
  ({ verb }, bind) => (verb === undefined ? undefined : `request ->> 'verb' = ${bind(verb)}`),
  ({ session }, bind) => (session === undefined ? undefined : `request ->> 'session' = ${bind(session)}`),
  ({ command }, bind) =>
    command === undefined ? undefined : `request ->> 'session' IS NOT NULL AND request ->> 'command' = ${bind(command)}`,
];

const used = (filters: readonly Filter[], range: PageRange, bind: (value: unknown) => string): string =>
  filters.flatMap((filter) => filter(range, bind) ?? []).join(' AND ');

/** One page of a read: the entries in (after, upTo] that pass the filters, at most `limit`. */
export const readPage = (range: PageRange, after: number, upTo: number, limit: number): BoundQuery =>
  page('read', ENTRY_OF, '', range, after, upTo, limit);

/** As `readPage`, but the columns of an Outline. */
export const outlinePage = (range: PageRange, after: number, upTo: number, limit: number): BoundQuery =>
  page(
    'outline',
    'entry.revision, entry.type, kind.name, f.namespace, f.name, f.uid, entry.cause',
    OUTLINE_JOIN,
    range,
    after,
    upTo,
    limit,
  );

const OUTLINE_JOIN =
  'LEFT JOIN entry AS f ON f.frame = entry.frame AND f.patch IS NULL LEFT JOIN resource AS kind ON kind.id = entry.resource';

function page(name: string, columns: string, join: string, range: PageRange, after: number, upTo: number, limit: number): BoundQuery {
  const values: unknown[] = [after, upTo, limit];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const isNamed = range.name !== undefined || range.uid !== undefined;
  // What few entries have is found by its own index and then sorted. The planner would rather walk the primary key until the page is full,
  // which for three entries is the whole table: 2,200 ms instead of 1 in a log of a million. An expression is no key, so it cannot.
  const revision = isNamed || range.session !== undefined ? 'entry.revision + 0' : 'entry.revision';
  const conditions = [
    'entry.revision > $1',
    'entry.revision <= $2',
    isNamed ? framesOf(range, bind) : spaceOf(range, bind),
    originOf(range, bind),
  ].filter((one) => one !== undefined);
  const keys = ['resources', 'namespace', 'name', 'uid', 'user', 'verb', 'session', 'command'] as const;
  const told = keys
    .filter((key) => range[key] !== undefined)
    .map((key) => (key === 'resources' && range.resources?.length === 1 ? 'resource' : key));
  return {
    name: [name, range.descending ? 'back' : 'on', ...told].join('_'),
    text: `SELECT ${columns} FROM entry ${join} WHERE ${conditions.join(' AND ')} ORDER BY ${revision} ${range.descending ? 'DESC' : 'ASC'} LIMIT $3`,
    values,
  };
}

/**
 * The frames of the object. An object that changes all day has thousands: of those only as many are looked at as can be needed, for
 * each begins with an entry that passes.
 */
function framesOf(range: PageRange, bind: (value: unknown) => string): string {
  const identity = used(IDENTITY, range, bind);
  const first = `coalesce((SELECT max(revision) FROM entry WHERE ${identity} AND revision <= $1), 0)`;
  const hasOthers = used(ORIGIN, range, () => '').length > 0; // then a frame need not pass
  const frames = `SELECT frame FROM entry WHERE ${identity} AND revision <= $2`;
  if (hasOthers) return `entry.frame = ANY(ARRAY(${frames}))`;
  const few = range.descending
    ? `${frames} ORDER BY revision DESC LIMIT $3`
    : `${frames} AND revision >= ${first} ORDER BY revision LIMIT $3 + 1`;
  return `entry.frame = ANY(ARRAY(${few}))`;
}

/** Entries of a kind have its number; for the namespace each one's frame is asked. */
function spaceOf(range: PageRange, bind: (value: unknown) => string): string | undefined {
  const resource = ofResource(range, bind);
  const space =
    range.namespace === undefined
      ? undefined
      : `EXISTS (SELECT FROM entry AS f WHERE f.frame = entry.frame AND f.patch IS NULL AND f.namespace = ${bind(range.namespace)})`;
  const told = [resource && `entry.${resource}`, space].filter((one) => one !== undefined);
  return told.length === 0 ? undefined : told.join(' AND ');
}

function originOf(range: PageRange, bind: (value: unknown) => string): string | undefined {
  const told = used(ORIGIN, range, bind);
  if (told === '') return undefined;
  const ofSession = range.session !== undefined || range.command !== undefined ? 'entry.origin < 0 AND ' : '';
  return `${ofSession}entry.origin IN (SELECT id FROM origin WHERE ${told})`;
}
