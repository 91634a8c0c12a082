import { hash } from 'node:crypto';
import { decodeCause } from './cause';
import { BodyRing, writeDigits, writeLength, writeNetstring, type Lying } from './body-ring';
import { AT, CAUSE, COPIED, CopiedRows, FRAME, HASH, ORIGIN, PATCH, REQUEST_ID, RESOURCE, REVISION, TRACE, TYPE } from './copied-rows';
import type { EntryNames } from './entry-names';
import { toAt, typeOf } from './stored-row';

/** Entries per page. More at a time gains nothing: the next page comes while one is hashed. */
const PAGE = 2_000;

/** Entries that are hashed before others get a turn: about 2 ms. */
const TURN = 250;

/** Versions that patches may build on. Those of 5,000 pods of 3 kB that change in turns take 50 MB. */
const RING_BYTES = 96 * 1024 * 1024;
const LINE_BYTES = 8 * 1024 * 1024;

const PAGE_BYTES = 4 * 1024 * 1024;
const MAX_ORIGINS = 20_000;

/** The last entry that was found sound. */
export interface SoundLink {
  readonly revision: number;
  readonly hash: string;
  readonly at: string;
}

/** Where a turn ended: at an entry that does not follow soundly (or cannot be judged here), after a turn, behind the page. */
export type Halt = { readonly at: number } | 'turn' | 'end';

/** One page of the chain, as stored. */
export interface ChainPage {
  /**
   * Hashes entry after entry as long as each follows from the one before and bears the hash that it has. `sound` is told of each, and
   * becomes the next one's link. Stops before the first that `isSpecial`, or that is not sound by this reading; then whoever asks looks at it in
   * another way, and says `pass`.
   */
  advance(link: SoundLink, sound: (revision: number, hash: string, at: string) => void, isSpecial: (revision: number) => boolean): Halt;
  pass(): void;
}

interface OriginText {
  /** The actor, and the request up to its id. */
  readonly before: Buffer;
  readonly after: Buffer;
  /** Actor and request when it has no id of its own. */
  readonly plain: Buffer;
}

/**
 * Reads the chain as it is stored and hashes it without making strings or objects of anything: bytes are copied together to the
 * canonical rows (hash.ts). It only ever says that an entry is sound; all others are left to the careful reader, so there is one place that knows
 * what damage is.
 */
export class ChainReader {
  private readonly ring = new BodyRing(RING_BYTES, LINE_BYTES);
  private readonly origins = new Map<number, OriginText>();
  private readonly line = new Line(this.ring.memory, RING_BYTES, this.origins, (id) => this.names.nameOf(String(id)));

  /** Of the page that is used, and of the one that comes: in turns. */
  private readonly pageMemory: [Buffer, Buffer] = [Buffer.allocUnsafeSlow(PAGE_BYTES), Buffer.allocUnsafeSlow(PAGE_BYTES)];

  /** @param copy the bytes of a COPY of this SELECT, in `memory` if there is room; @param names not used by anybody before */
  constructor(
    private readonly copy: (select: string, memory?: Buffer) => Promise<Buffer>,
    private readonly names: EntryNames,
  ) {}

  /** The entries in (after, upTo]. A page has to be gone through before the next one is asked for. */
  async *pages(after: number, upTo: number): AsyncIterable<ChainPage> {
    for (let start = after, coming = this.fetch(start, upTo); start < upTo; start += PAGE) {
      const rows = await coming;
      if (start + PAGE < upTo) coming = this.fetch(start + PAGE, upTo);
      await this.prepare(rows);
      yield this.pageOf(rows);
      this.ring.tidy();
    }
  }

  private fetch(after: number, upTo: number): Promise<CopiedRows> {
    const last = Math.min(after + PAGE, upTo);
    const [memory] = this.pageMemory.reverse();
    const page = this.copy(`SELECT ${COPIED} FROM entry WHERE revision > ${after} AND revision <= ${last} ORDER BY revision`, memory).then((bytes) => new CopiedRows(bytes));
    page.catch(() => undefined); // whoever stops reading early never asks for it
    return page;
  }

  /** Fetches what the rows need and what is not here: origins, and versions that were too long ago. */
  private async prepare(rows: CopiedRows): Promise<void> {
    const [resources, origins] = [new Set<string>(), new Set<string>()];
    const upTo = new Map<number, number>();
    const seen = new Set<number>();
    if (this.origins.size > MAX_ORIGINS) this.origins.clear();
    while (rows.next()) {
      const [frame, origin] = [rows.number(FRAME), rows.number(ORIGIN)];
      resources.add(String(rows.small(RESOURCE)));
      if (!this.origins.has(origin)) origins.add(String(origin));
      if (rows.has(PATCH) && !seen.has(frame)) {
        const base = rows.number(REVISION) - rows.distance();
        if (!this.ring.find(frame, base)) upTo.set(frame, base);
      }
      seen.add(frame);
    }
    rows.rewind();
    await this.names.prepare(resources, origins);
    for (const id of origins) {
      const origin = this.names.originOf(id);
      if (origin) this.origins.set(Number(id), originText(origin.actor, origin.request));
    }
    if (upTo.size === 0) return;
    const before = new CopiedRows(await this.copy(chainsOf(upTo)));
    while (before.next()) this.ring.make(before);
  }

  private pageOf(rows: CopiedRows): ChainPage {
    let isThere = rows.next();
    const pass = (): void => void (isThere = rows.next());
    return {
      pass,
      advance: (link, sound, isSpecial) => {
        let { revision, hash: previous, at } = link;
        for (let left = TURN; isThere; left--) {
          const due = rows.number(REVISION);
          if (due !== revision + 1 || isSpecial(due)) return { at: due };
          const version = this.ring.make(rows);
          if (!version) return { at: due };
          const [time, own] = [this.line.timeOf(rows), rows.hex(HASH)];
          if (time < at || this.line.hashOf(rows, version, previous) !== own) return { at: due };
          if (rows.byte(TYPE) === DELETED) this.ring.drop(rows.number(FRAME));
          sound(due, own, time);
          [revision, previous, at] = [due, own, time];
          pass();
          if (left <= 1) return 'turn';
        }
        return 'end';
      },
    };
  }
}

const DELETED = 0x44;

/** SELECT of what entries build on. @param upTo frame → the last revision that is needed of it */
export function chainsOf(upTo: ReadonlyMap<number, number>): string {
  const [frames, ends] = [[...upTo.keys()].join(','), [...upTo.values()].join(',')];
  return `SELECT ${COPIED} FROM unnest('{${frames}}'::bigint[], '{${ends}}'::bigint[]) AS wanted (of, upto)
    CROSS JOIN LATERAL (SELECT * FROM entry WHERE frame = of AND revision >= of AND revision <= upto ORDER BY revision OFFSET 0) AS entry`;
}

const netstring = (text: string): string => `${Buffer.byteLength(text)}:${text},`;
const UUID = 36;
const BEFORE_ID = '{"id":"';

function originText(actor: string, request: string): OriginText {
  const rest = `",${request.slice(1)}`;
  const length = BEFORE_ID.length + UUID + Buffer.byteLength(rest);
  return {
    before: Buffer.from(`${netstring(actor)}${length}:${BEFORE_ID}`),
    after: Buffer.from(`${rest},`),
    plain: Buffer.from(netstring(actor) + netstring(request)),
  };
}

/** Puts canonical rows together, one after the other in the same place. */
class Line {
  private readonly kinds = new Map<number, Buffer>();
  private micros = NaN;
  private at = '';
  private atText = Buffer.alloc(0);

  constructor(
    private readonly memory: Buffer,
    private readonly begin: number,
    private readonly origins: ReadonlyMap<number, OriginText>,
    private readonly nameOf: (resource: number) => string,
  ) {}

  timeOf(rows: CopiedRows): string {
    const micros = rows.time(AT);
    if (micros === this.micros) return this.at;
    const fraction = String(micros % 1_000_000).padStart(6, '0');
    this.at = toAt(`${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 20)}${fraction}`);
    this.atText = Buffer.from(netstring(this.at));
    this.micros = micros;
    return this.at;
  }

  /** SHA-256 of the hash before and of the row, hex; '' when it cannot be told. `timeOf` the row was asked before. */
  hashOf(rows: CopiedRows, { at: from, identity, body }: Lying, previous: string): string {
    const { memory, begin } = this;
    const origin = this.origins.get(rows.number(ORIGIN));
    if (!origin || body + identity + (rows.end(TRACE) - rows.start(TRACE)) + origin.plain.length + 100_000 > memory.length - begin) return '';
    memory.write(previous, begin, 32, 'hex');
    let to = writeRevision(memory, begin + 32, rows.number(REVISION));
    to = copied(memory, to, this.atText);
    to = copied(memory, to, this.kindOf(rows));
    memory.copyWithin(to, from, from + identity);
    to += identity;
    const start = from + identity;
    const cut = memory.indexOf(0, start);
    const object = Math.min(cut - start, body);
    to = this.within(to, start, object);
    to = this.requestOf(rows, origin, to);
    to = causeOf(rows, memory, to);
    if (object < body) to = this.within(to, cut + 1, body - object - 1);
    else to = absent(memory, to);
    to = rows.has(TRACE) ? writeNetstring(memory, to, rows.bytes, rows.start(TRACE), rows.end(TRACE)) : absent(memory, to);
    return hash('sha256', memory.subarray(begin, to));
  }

  private within(to: number, from: number, length: number): number {
    const begin = writeLength(this.memory, to, length);
    this.memory.copyWithin(begin, from, from + length);
    this.memory[begin + length] = COMMA;
    return begin + length + 1;
  }

  private requestOf(rows: CopiedRows, { before, after, plain }: OriginText, to: number): number {
    const { memory } = this;
    if (!rows.has(REQUEST_ID)) return copied(memory, to, plain);
    let end = copied(memory, to, before);
    const [bytes, id] = [rows.bytes, rows.start(REQUEST_ID)];
    for (let i = 0; i < 16; i++) {
      const byte = bytes[id + i] as number;
      if (i === 4 || i === 6 || i === 8 || i === 10) memory[end++] = DASH;
      memory[end++] = HEX[byte >> 4] as number;
      memory[end++] = HEX[byte & 15] as number;
    }
    return copied(memory, end, after);
  }

  /** Type and resource. */
  private kindOf(rows: CopiedRows): Buffer {
    const [type, resource] = [rows.byte(TYPE), rows.small(RESOURCE)];
    const key = resource * 256 + type;
    let text = this.kinds.get(key);
    if (!text) this.kinds.set(key, (text = Buffer.from(netstring(typeOf(String.fromCharCode(type)) ?? '') + netstring(this.nameOf(resource)))));
    return text;
  }
}

const [COMMA, DASH] = [0x2c, 0x2d];
const HEX = Buffer.from('0123456789abcdef');
const scratch = Buffer.alloc(32);

function copied(memory: Buffer, to: number, text: Buffer): number {
  memory.set(text, to);
  return to + text.length;
}

/** NULL. */
function absent(memory: Buffer, to: number): number {
  memory[to] = DASH;
  memory[to + 1] = COMMA;
  return to + 2;
}

function writeRevision(memory: Buffer, to: number, revision: number): number {
  return writeNetstring(memory, to, scratch, 0, writeDigits(scratch, 0, revision));
}

/** `{17,18}`; an empty one where it is damaged, which then has another hash. */
function causeOf(rows: CopiedRows, memory: Buffer, to: number): number {
  let text = '{}';
  try {
    if (rows.has(CAUSE)) text = `{${decodeCause(rows.number(REVISION), rows.bytes.subarray(rows.start(CAUSE), rows.end(CAUSE))).join(',')}}`;
  } catch {
    return writeNetstring(memory, to, scratch, 0, 0);
  }
  const begin = writeLength(memory, to, text.length);
  memory.write(text, begin, 'latin1');
  memory[begin + text.length] = COMMA;
  return begin + text.length + 1;
}
