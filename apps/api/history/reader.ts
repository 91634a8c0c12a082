import { createHash } from 'node:crypto';
import { kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog, LogEvent, ReadRange } from '#lib/log/log';
import { SEALED_PREFIX, type Sealer } from '#lib/log/secret/seal';
import { entryOf, type ToldEntry } from './entry';
import { summaryOf } from './summary';

/** One version of one object. */
export interface Version {
  readonly event: LogEvent;
  readonly object: KubeObject;
  /** The version before it, in the same life. */
  readonly previous?: KubeObject;
}

/** So many single look-ups run at once: more would only wait for the pool's connections. */
const AT_ONCE = 8;

/** Reads the log for the questions that are asked of it. */
export class HistoryReader {
  /** `secrets` shows secret values; otherwise each is told from others, but not told. */
  constructor(
    readonly log: EventLog,
    private readonly sealer: Sealer,
    private readonly secrets = false,
  ) {}

  /** The object of an entry. */
  async object(event: LogEvent): Promise<KubeObject> {
    const stored = JSON.parse(event.object) as KubeObject;
    const kind = kindOfResource(event.resource);
    if (!kind || !this.sealer.seals(kind)) return stored;
    return this.secrets ? this.sealer.open(stored) : veiled(stored);
  }

  /** Every version in the range, each with the one before it; meant for a range about one object. */
  async *versions(range: ReadRange): AsyncIterable<Version> {
    let last: { uid: string; object: KubeObject } | undefined;
    for await (const page of this.log.read(range)) {
      for (const event of page) {
        const object = await this.object(event);
        const previous = last?.uid === event.uid && event.type !== 'ADDED' ? last.object : undefined;
        last = { uid: event.uid, object };
        yield { event, object, ...(previous && { previous }) };
      }
    }
  }

  /** The version that an entry replaced, or took away. */
  async before(event: LogEvent): Promise<LogEvent | undefined> {
    if (event.type === 'ADDED') return undefined;
    return this.log.objectAt(event.resource, event.namespace, event.name, event.revision - 1);
  }

  /** The entries with what each changed. */
  async told(events: readonly LogEvent[]): Promise<ToldEntry[]> {
    const previous = await this.log.previousOf(events.filter(({ type }) => type === 'MODIFIED'));
    return events.map((event) => toldOf(event, parsed(event), previousIn(previous, event)));
  }
}

/** The object that an entry changed, among what `previousOf` found. */
export function previousIn(found: ReadonlyMap<number, LogEvent>, { revision }: LogEvent): KubeObject | undefined {
  const previous = found.get(revision);
  return previous && parsed(previous);
}

/** The object as it is stored. */
export const parsed = (event: LogEvent): KubeObject => JSON.parse(event.object) as KubeObject;

/** An entry with what it changed. */
export const toldOf = (event: LogEvent, object: KubeObject, previous: KubeObject | undefined): ToldEntry => ({
  ...entryOf(event),
  summary: summaryOf(event.type, object, previous),
});

/** Maps in order, a few at a time. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}

/** Secret values as a mark that is the same only for the same value: of what is sealed, the ciphertext tells nothing to anybody. */
function veiled(object: KubeObject & { data?: Record<string, string> }): KubeObject {
  const mark = (value: string): string =>
    value.startsWith(SEALED_PREFIX) ? `*** ${createHash('sha256').update(value).digest('hex').slice(0, 8)}` : '***';
  const copy = { ...object };
  if (object.data) copy.data = Object.fromEntries(Object.entries(object.data).map(([name, value]) => [name, mark(value)]));
  const { annotations } = object.metadata;
  if (annotations) {
    const marked = Object.entries(annotations).map(([name, value]) => [name, value.startsWith(SEALED_PREFIX) ? mark(value) : value]);
    copy.metadata = { ...object.metadata, annotations: Object.fromEntries(marked) };
  }
  return copy;
}
