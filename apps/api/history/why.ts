import type { EventLog, LogEvent } from '#lib/log/log';
import type { Address } from './access';
import type { ToldEntry } from './entry';
import { parsed, previousIn, toldOf } from './reader';

/** How an object came to be as it is (or not to be any more): the entries about itself and those that caused them. */
export interface Story {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly gone: boolean;
  readonly steps: readonly ToldEntry[];
}

/** The newest entries about the object that are told; the first one, its making, always is. */
const OWN_ENTRIES = 40;

/** A chain longer than this is cut: commands reach pods in four. */
const MAX_DEPTH = 32;

/** How much of the story is told: all, or only what led to the end. */
export type Part = 'all' | 'deletion';

/**
 * Tells the story of the object that had this name last, up to `revision`. Undefined when there never was one. The story of a deletion has
 * no steps when nobody asked the object to go.
 */
export async function whyOf(
  log: EventLog,
  { resource, namespace, name }: Address,
  revision: number,
  part: Part = 'all',
): Promise<Story | undefined> {
  const last = await log.objectAt(resource, namespace, name, revision);
  if (!last) return undefined;
  const { newest, entries } = await ownEntries(log, last, revision);
  const own = part === 'all' ? entries : endOf(entries);
  const reader = new EntryReader(log, newest, entries);
  const told = new Map<number, LogEvent>(own.map((event) => [event.revision, event]));
  for (const ancestor of (await chainsTo(reader, own)).filter(tells)) told.set(ancestor.revision, ancestor);
  const steps = await stepsOf(
    reader,
    [...told.values()].sort((a, b) => a.revision - b.revision),
  );
  return { resource, namespace, name, uid: last.uid, gone: last.type === 'DELETED', steps };
}

/**
 * What is told of the object itself: its first entry, and its newest; of one that changes all the time, nobody wants the rest. With them
 * come those that the chain of the oldest of these can lead to: one by one, they were a dozen queries of a pod with 42 entries, and the
 * slowest of forty answers.
 */
async function ownEntries(
  log: EventLog,
  { resource, namespace, name, uid }: LogEvent,
  upTo: number,
): Promise<{ newest: LogEvent[]; entries: LogEvent[] }> {
  const range = { resources: [resource], namespace, name, uid, upTo };
  const [newest, most]: [LogEvent[], number] = [[], OWN_ENTRIES + MAX_DEPTH];
  for await (const page of log.read({ ...range, descending: true, limit: most })) newest.unshift(...[...page].reverse());
  const entries = newest.slice(-OWN_ENTRIES);
  if (entries.length === newest.length) return { newest, entries };
  if (newest.length < most) entries.splice(0, 1, newest[0] as LogEvent);
  else for await (const [first] of log.read({ ...range, limit: 1 })) if (first) entries.splice(0, 1, first);
  return { newest, entries };
}

/** The entry that asked the object to go, and the one that took it away. */
function endOf(entries: readonly LogEvent[]): LogEvent[] {
  const asked = entries.find((event) => parsed(event).metadata.deletionTimestamp !== undefined);
  const gone = entries.find(({ type }) => type === 'DELETED');
  return [...new Set([asked, gone])].filter((event) => event !== undefined);
}

/**
 * From the entries back to the requests of users, each time along the most telling cause. All chains go one step back together: one query
 * for each.
 */
async function chainsTo(reader: EntryReader, events: readonly LogEvent[]): Promise<LogEvent[]> {
  const passed = new Map<number, LogEvent>();
  let tips = events;
  for (let depth = 0; tips.length > 0 && depth < MAX_DEPTH; depth++) {
    const entries = await reader.entries([...new Set(tips.flatMap(({ cause }) => cause))]);
    const causes = new Map(entries.map((event) => [event.revision, event]));
    // chains that meet go on as one
    const next = tips.flatMap((tip) => mostTelling(tip, causes) ?? []).filter(({ revision }) => !passed.has(revision));
    for (const event of next) passed.set(event.revision, event);
    tips = [...new Set(next)];
  }
  return [...passed.values()];
}

function mostTelling(effect: LogEvent, entries: ReadonlyMap<number, LogEvent>): LogEvent | undefined {
  const causes = effect.cause.flatMap((revision) => (revision < effect.revision ? (entries.get(revision) ?? []) : []));
  if (causes.length < 2) return causes[0];
  const owners = new Set((parsed(effect).metadata.ownerReferences ?? []).map(({ uid }) => uid));
  const weights = causes.map((cause) => weight(cause, effect, owners));
  return causes[weights.lastIndexOf(Math.max(...weights))];
}

/** What a controller merely observed on another object leads the chain on, but is no step of the story. */
const tells = (ancestor: LogEvent): boolean => ancestor.request.subresource !== 'status' || ancestor.decision === undefined;

/** A change of the owner tells more than one of a sibling, a wish more than an observation. */
function weight(cause: LogEvent, effect: LogEvent, owners: ReadonlySet<string>): number {
  const isOwner = owners.has(cause.uid) ? 4 : 0;
  const isSelf = cause.uid === effect.uid ? 1 : 0;
  const isWish = cause.request.subresource === 'status' ? 0 : 2;
  return isOwner + isSelf + isWish;
}

async function stepsOf(reader: EntryReader, events: readonly LogEvent[]): Promise<ToldEntry[]> {
  const previous = await reader.previousOf(events.filter(({ type }) => type === 'MODIFIED'));
  return events.map((event) => toldOf(event, parsed(event), previousIn(previous, event)));
}

/** Remembers the entries that were read: chains of one story meet. */
class EntryReader {
  private readonly known: Map<number, LogEvent>;

  constructor(
    private readonly log: EventLog,
    /** The newest entries of the object, without holes. */
    private readonly newest: readonly LogEvent[],
    own: readonly LogEvent[],
  ) {
    this.known = new Map([...newest, ...own].map((event) => [event.revision, event]));
  }

  async entries(revisions: readonly number[]): Promise<LogEvent[]> {
    const missing = revisions.filter((revision) => !this.known.has(revision));
    if (missing.length > 0) {
      for await (const page of this.log.readRevisions([...missing].sort((a, b) => a - b)))
        for (const event of page) this.known.set(event.revision, event);
    }
    return revisions.flatMap((revision) => this.known.get(revision) ?? []);
  }

  /** Among the newest entries of the object each stands behind the version it replaced; of the others the log is asked, of all at once. */
  async previousOf(events: readonly LogEvent[]): Promise<ReadonlyMap<number, LogEvent>> {
    const near = new Map(events.flatMap((event) => [[event.revision, this.nextTo(event)] as const]));
    const far = await this.log.previousOf(events.filter(({ revision }) => !near.get(revision)));
    return new Map(
      events.flatMap(({ revision }) => {
        const previous = near.get(revision) ?? far.get(revision);
        return previous ? [[revision, previous] as const] : [];
      }),
    );
  }

  private nextTo(event: LogEvent): LogEvent | undefined {
    return this.newest[this.newest.indexOf(event) - 1];
  }
}
