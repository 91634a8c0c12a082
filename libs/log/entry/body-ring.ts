import { type CopiedRows, DECISION, FRAME, NAME, NAMESPACE, OBJECT, PATCH, REVISION, UID } from './copied-rows';
import { applyWithin, lengthWithin, memoryOf, type Memory } from './patch';

/** The newest version of a frame's object that was made: where it lies. The next one of the frame is told by the same object. */
export interface Lying {
  revision: number;
  /** How many bytes had been written when it began: it is gone when a whole ring was written since. */
  written: number;
  at: number;
  /** Bytes of namespace, name and uid, as netstrings. */
  identity: number;
  /** Bytes of the body (body.ts), behind the identity. */
  body: number;
}

const SLACK = 64;

/**
 * The last versions of many objects as bytes, in a memory that is written round and round: what was not changed for longest is overwritten.
 * So a reader of a whole log makes version after version without allocating anything. Behind each body stands a zero byte.
 */
export class BodyRing {
  readonly memory: Buffer;
  private readonly both: Memory;
  private readonly frames = new Map<number, Lying>();
  private next = 0;
  private written = 0;

  /** @param extra bytes behind the ring, for whoever wants to copy within one memory */
  constructor(
    private readonly size: number,
    extra = 0,
  ) {
    this.memory = Buffer.allocUnsafeSlow(size + extra + SLACK);
    this.both = memoryOf(this.memory);
  }

  /** The version of this revision; undefined when it was not made, or is overwritten. */
  find(frame: number, revision: number): Lying | undefined {
    const found = this.frames.get(frame);
    return found?.revision === revision && this.isThere(found) ? found : undefined;
  }

  /** Writes a version that `find` found once more, if it would be overwritten before `bytes` more are written. */
  keep(found: Lying, bytes: number): void {
    if (this.written - found.written <= this.size - SLACK - bytes) return;
    const length = found.identity + found.body + 1;
    const place = this.place(length) as number; // it had a place before
    this.memory.copyWithin(place, found.at, found.at + length);
    [found.at, found.written] = [place, this.written - length];
  }

  /**
   * Makes the version of the row that `rows` is at. Undefined when what it builds on is not here, does not fit, or when it is larger than
   * the ring.
   */
  make(rows: CopiedRows): Lying | undefined {
    const [frame, revision] = [rows.number(FRAME), rows.number(REVISION)];
    if (rows.has(PATCH)) return this.patched(rows, frame, revision);
    const made = this.whole(rows, revision);
    if (made) this.frames.set(frame, made);
    return made;
  }

  /** Nobody will ask for this frame any more. */
  drop(frame: number): void {
    this.frames.delete(frame);
  }

  /** Takes those out of the list that are overwritten. */
  tidy(): void {
    this.frames.forEach((lying, frame) => {
      if (this.written - lying.written > this.size) this.frames.delete(frame);
    });
  }

  private isThere({ written }: Lying): boolean {
    return this.written - written <= this.size - SLACK;
  }

  private whole(rows: CopiedRows, revision: number): Lying | undefined {
    const [object, decision] = [
      rows.end(OBJECT) - rows.start(OBJECT),
      rows.has(DECISION) ? rows.end(DECISION) - rows.start(DECISION) + 1 : 0,
    ];
    const texts = [NAMESPACE, NAME, UID];
    const most = texts.reduce((sum, column) => sum + 12 + rows.end(column) - rows.start(column), object + decision + 1);
    const place = this.place(most);
    if (place === undefined) return undefined;
    let at = place;
    for (const column of texts) at = writeNetstring(this.memory, at, rows.bytes, rows.start(column), rows.end(column));
    const identity = at - place;
    at = this.copy(rows, OBJECT, at);
    if (decision > 0) {
      this.memory[at++] = 0;
      at = this.copy(rows, DECISION, at);
    }
    this.memory[at] = 0;
    return { revision, written: this.written - most, at: place, identity, body: object + decision };
  }

  private patched(rows: CopiedRows, frame: number, revision: number): Lying | undefined {
    const distance = rows.distance();
    const base = this.find(frame, revision - distance);
    if (!base) return undefined;
    const { identity } = base;
    try {
      const body = lengthWithin(rows.bytes, rows.patchStart, rows.end(PATCH));
      const place = this.place(identity + body + 1);
      if (place === undefined || !this.isThere(base)) return undefined; // its own base is overwritten now
      this.memory.copyWithin(place, base.at, base.at + identity);
      applyWithin(this.both, base.at + identity, base.body, rows.memory, rows.patchStart, rows.end(PATCH), place + identity);
      this.memory[place + identity + body] = 0;
      base.written = this.written - identity - body - 1;
      [base.revision, base.at, base.body] = [revision, place, body];
      return base;
    } catch {
      return undefined; // somebody has been at the patch
    }
  }

  private copy(rows: CopiedRows, column: number, at: number): number {
    const [start, end] = [rows.start(column), rows.end(column)];
    rows.bytes.copy(this.memory, at, start, end);
    return at + end - start;
  }

  private place(length: number): number | undefined {
    if (length > this.size / 2) return undefined;
    if (this.next + length > this.size) {
      this.written += this.size - this.next;
      this.next = 0;
    }
    const place = this.next;
    this.next += length;
    this.written += length;
    return place;
  }
}

/** `<length>:<bytes>,` at `at`; answers where it ends. */
export function writeNetstring(target: Uint8Array, at: number, source: Uint8Array, from: number, end: number): number {
  let to = writeLength(target, at, end - from);
  if (end - from > 64) {
    target.set(source.subarray(from, end), to);
    to += end - from;
  } else while (from < end) target[to++] = source[from++] as number;
  target[to++] = COMMA;
  return to;
}

const [COMMA, COLON] = [0x2c, 0x3a];

/** `<length>:` */
export function writeLength(target: Uint8Array, at: number, length: number): number {
  const end = writeDigits(target, at, length);
  target[end] = COLON;
  return end + 1;
}

/** A whole number in decimal; answers where it ends. */
export function writeDigits(target: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  const end = at + digits;
  for (let rest = value, to = end - 1; to >= at; to--) {
    const tens = Math.floor(rest / 10);
    target[to] = 48 + (rest - 10 * tens);
    rest = tens;
  }
  return end;
}
