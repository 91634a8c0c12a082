import { BodyRing, type Lying } from './body-ring';
import { chainsOf } from './chain-reader';
import { CopiedRows, FRAME, NAME, NAMESPACE, PATCH, RESOURCE, REVISION, TYPE } from './copied-rows';
import type { EntryNames } from './entry-names';
import type { EventLog, Living, LogEvent } from './log';

/** Frames per query: about 8 MB of pods. */
const FRAMES = 1_000;
const RING_BYTES = 8 * 1024 * 1024;
const PAGE = 1_000;
const DELETED = 0x44;

interface Found extends Living {
  readonly isGone: boolean;
}

const addressOf = ({ resource, namespace, name }: Omit<Living, 'revision' | 'object'>): string => `${resource}/${namespace}/${name}`;

/** `EventLog.livingAt` of a log that has nothing quicker: the checkpoint before, and the entries since. */
export async function* livingOf(log: Pick<EventLog, 'checkpointBefore' | 'readRevisions' | 'read'>, revision: number, resources?: readonly string[]): AsyncIterable<readonly Living[]> {
  const found = new Map<string, Living>();
  const checkpoint = await log.checkpointBefore(revision);
  if (checkpoint) for await (const page of log.readRevisions(checkpoint.live, resources)) for (const event of page) found.set(addressOf(event), event);
  for await (const page of log.read({ after: checkpoint?.revision ?? 0, upTo: revision, ...(resources && { resources }) })) {
    for (const event of page) {
      if (event.type === 'DELETED') found.delete(addressOf(event));
      else found.set(addressOf(event), event);
    }
  }
  yield* paged([...found.values()]);
}

/** `EventLog.previousOf`, one look-up after the other. */
export async function previousEach(log: Pick<EventLog, 'objectAt'>, entries: Parameters<EventLog['previousOf']>[0]): ReturnType<EventLog['previousOf']> {
  const found = new Map<number, LogEvent>();
  for (const { resource, namespace, name, revision } of entries) {
    const previous = await log.objectAt(resource, namespace, name, revision - 1);
    if (previous) found.set(revision, previous);
  }
  return found;
}

function* paged(living: Living[]): Generator<readonly Living[]> {
  living.sort((a, b) => a.revision - b.revision);
  for (let start = 0; start < living.length; start += PAGE) yield living.slice(start, start + PAGE);
}

/** What `LivingReader` asks of a database. */
export interface LivingSource {
  /** The bytes of a COPY of this SELECT. */
  copy(select: string): Promise<Buffer>;
  readonly names: EntryNames;
  /** The object of an entry, when it is too large for the ring, or when its parts came in another order than expected. @throws Error when it is damaged */
  object(revision: number): Promise<string>;
}

/**
 * Reads the last versions of many objects at once: of each the frame, from its whole entry to the last one that counts, and of all
 * those versions only the last is made a text.
 */
export class LivingReader {
  private readonly ring = new BodyRing(RING_BYTES);
  private readonly found = new Map<string, Found>();

  constructor(private readonly source: LivingSource) {}

  /** @param frames each with the last revision that counts. Of an object with several frames the latest wins, and when that ends with its deletion, it does not live */
  async *read(frames: readonly (readonly [frame: number, upTo: number])[]): AsyncIterable<readonly Living[]> {
    const fetch = (start: number): Promise<Buffer> => {
      const bytes = this.source.copy(chainsOf(new Map(frames.slice(start, start + FRAMES))));
      bytes.catch(() => undefined); // whoever stops reading early never asks for it
      return bytes;
    };
    for (let start = 0, coming = fetch(0); start < frames.length; start += FRAMES) {
      const rows = new CopiedRows(await coming);
      if (start + FRAMES < frames.length) coming = fetch(start + FRAMES);
      await this.take(rows, new Map(frames.slice(start, start + FRAMES)));
    }
    yield* paged([...this.found.values()].filter(({ isGone }) => !isGone));
  }

  private async take(rows: CopiedRows, upTo: ReadonlyMap<number, number>): Promise<void> {
    await this.source.names.prepare(resourcesOf(rows), []);
    let [namespace, name, of] = ['', '', 0];
    while (rows.next()) {
      const [frame, revision] = [rows.number(FRAME), rows.number(REVISION)];
      if (!rows.has(PATCH)) [namespace, name, of] = [rows.text(NAMESPACE), rows.text(NAME), frame];
      const isLast = upTo.get(frame) === revision;
      const isGone = rows.byte(TYPE) === DELETED;
      const lying = isGone ? undefined : this.ring.make(rows); // what comes after a deletion is another frame
      if (!isLast) continue;
      if (of !== frame) throw new Error(`entry ${revision} is damaged: see \`decklog verify\``);
      const resource = this.source.names.nameOf(String(rows.small(RESOURCE)));
      const address = addressOf({ resource, namespace, name });
      if ((this.found.get(address)?.revision ?? 0) > revision) continue;
      const object = isGone ? '' : lying ? this.textOf(lying) : await this.source.object(revision);
      this.found.set(address, { revision, resource, namespace, name, object, isGone });
    }
  }

  private textOf({ at, identity, body }: Lying): string {
    const { memory } = this.ring;
    const start = at + identity;
    return memory.toString('utf8', start, start + Math.min(memory.indexOf(0, start) - start, body));
  }
}

function resourcesOf(rows: CopiedRows): Set<string> {
  const ids = new Set<string>();
  while (rows.next()) ids.add(String(rows.small(RESOURCE)));
  rows.rewind();
  return ids;
}
