import { Change } from '#lib/api/decklog/change';
import type { FieldSelector } from '#lib/api/validation/field-selectors';
import type { LogEvent, ReadRange } from '#lib/log/log';
import type { ToldEntry } from '../history/entry';
import { HistoryReader } from '../history/reader';
import type { View, ViewQuery } from './views';

/** Fields that the log itself looks for. */
const ASKED = ['namespace', 'name', 'uid', 'user', 'verb', 'session', 'command'] as const;

/** `kubectl get changes`: the log, entry by entry. Each sees the entries of objects that he may see. */
export const changes: View = {
  kind: Change,

  async newest(query) {
    const { kernel, access, upTo, limit, fields } = query;
    const found: LogEvent[] = [];
    for await (const page of kernel.log.read({ ...rangeOf(fields), upTo, descending: true })) {
      found.push(...page.filter((event) => access.sees(event) && fields.matches(outlineOf(event))));
      if (found.length >= limit) break;
    }
    return tell(query, found.slice(0, limit).reverse());
  },

  async one(query, name) {
    if (!/^[1-9]\d{0,15}$/.test(name) || Number(name) > query.upTo) return undefined;
    const event = await query.kernel.log.event(Number(name));
    return event && query.access.sees(event) ? (await tell(query, [event]))[0] : undefined;
  },

  async *follow(query, after, signal) {
    for await (const page of query.kernel.log.follow(after, signal)) {
      yield await tell(
        query,
        page.filter((event) => query.access.sees(event) && query.fields.matches(outlineOf(event))),
      );
    }
  },
};

function rangeOf(fields: FieldSelector): ReadRange {
  const asked = ASKED.flatMap((field) => {
    const value = fields.exact(field);
    return value ? [[field, value] as const] : [];
  });
  const resource = fields.exact('resource');
  return { ...Object.fromEntries(asked), ...(resource && { resources: [resource] }) };
}

async function tell({ kernel }: ViewQuery, events: readonly LogEvent[]): Promise<Change[]> {
  return (await new HistoryReader(kernel.log, kernel.sealer).told(events)).map(changeOf);
}

/** What fields can be asked of before it is known what the entry changed. */
const outlineOf = (event: LogEvent): Change =>
  changeOf({
    ...event,
    user: event.actor.user,
    verb: event.request.verb,
    command: event.request.command,
    session: event.request.session,
    controller: event.decision?.controller,
    summary: '',
  } as ToldEntry);

function changeOf({
  revision,
  at,
  type,
  resource,
  namespace,
  name,
  uid,
  user,
  verb,
  subresource,
  command,
  session,
  controller,
  summary,
  cause,
}: ToldEntry): Change {
  return {
    apiVersion: Change.apiVersion,
    kind: 'Change',
    metadata: {
      name: String(revision),
      uid: uidOf(revision),
      resourceVersion: String(revision),
      creationTimestamp: at.replace(/\.\d+Z$/, 'Z'),
    },
    spec: {
      type,
      resource,
      ...(namespace !== '' && { namespace }),
      name,
      uid,
      user,
      verb,
      ...(subresource && { subresource }),
      ...(command && { command }),
      ...(session && { session }),
      ...(controller && { controller }),
      summary,
      cause,
    },
  };
}

/** Clients expect one; it must be the same whenever the entry is read. */
const uidOf = (revision: number): string => `00000000-0000-8000-8000-${revision.toString(16).padStart(12, '0')}`;
