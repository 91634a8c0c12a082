import { DECISION, OBJECT, PATCH, type CopiedRows } from './copied-rows';
import { applyWithin, lengthWithin, memoryOf } from './patch';

const FIRST_BYTES = 256 * 1024;
/** A patch that claims to make more is damaged. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Who makes a version may write a few bytes behind it. */
const SLACK = 64;
/**
 * Objects share memory, for of memory of its own each takes longer to get than to fill. Whoever keeps one of them keeps those beside it.
 */
const SLAB_BYTES = 256 * 1024;

/**
 * Makes version after version of one frame, then of the next: they lie in two places in turns, so that nothing is allocated until one is
 * taken.
 */
export class FrameVersions {
  private half = FIRST_BYTES;
  private memory = memoryOf(Buffer.allocUnsafeSlow(2 * FIRST_BYTES + SLACK));
  private frame = -1;
  /** Of the version that was made last; -1: it could not be. */
  private revision = -1;
  private at = 0;
  private length = 0;
  private slab = Buffer.alloc(0);
  private used = 0;

  /** Makes the version of the row that `rows` is at; rows of one frame have to come one after the other. */
  make(rows: CopiedRows, frame: number, revision: number): void {
    const isMade = rows.has(PATCH) ? frame === this.frame && this.patched(rows, revision) : this.whole(rows);
    this.frame = frame;
    this.revision = isMade ? revision : -1;
  }

  /**
   * The object of the version that was made last; undefined when that is not the one of `revision`, because something it builds on is
   * missing or damaged.
   */
  take(revision: number): Buffer | undefined {
    if (revision !== this.revision) return undefined;
    const cut = this.memory.bytes.indexOf(0, this.at); // behind the last byte stands a zero, too
    const length = Math.min(this.length, cut - this.at);
    if (this.used + length > this.slab.length) [this.slab, this.used] = [Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length)), 0];
    const object = this.slab.subarray(this.used, this.used + length);
    object.set(this.memory.bytes.subarray(this.at, this.at + length));
    this.used += length;
    return object;
  }

  private whole(rows: CopiedRows): boolean {
    const [object, decision] = [
      rows.end(OBJECT) - rows.start(OBJECT),
      rows.has(DECISION) ? rows.end(DECISION) - rows.start(DECISION) + 1 : 0,
    ];
    this.reserve(object + decision);
    const { bytes } = this.memory;
    bytes.set(rows.bytes.subarray(rows.start(OBJECT), rows.end(OBJECT)));
    if (decision > 0) {
      bytes[object] = 0;
      bytes.set(rows.bytes.subarray(rows.start(DECISION), rows.end(DECISION)), object + 1);
    }
    this.is(0, object + decision);
    return true;
  }

  private patched(rows: CopiedRows, revision: number): boolean {
    if (revision - rows.distance() !== this.revision) return false;
    try {
      const end = rows.end(PATCH);
      const length = lengthWithin(rows.bytes, rows.patchStart, end);
      if (length > MOST_BYTES) return false;
      this.reserve(length);
      const to = this.at === 0 ? this.half : 0;
      applyWithin(this.memory, this.at, this.length, rows.memory, rows.patchStart, end, to);
      this.is(to, length);
      return true;
    } catch {
      return false; // somebody has been at the patch
    }
  }

  private is(at: number, length: number): void {
    [this.at, this.length] = [at, length];
    this.memory.bytes[at + length] = 0;
  }

  /** Room for one more version of so many bytes. */
  private reserve(length: number): void {
    if (length + SLACK <= this.half) return;
    const before = this.memory.bytes.subarray(this.at, this.at + this.length);
    this.half = 2 * (length + SLACK);
    this.memory = memoryOf(Buffer.allocUnsafeSlow(2 * this.half + SLACK));
    this.memory.bytes.set(before);
    this.at = 0;
  }
}
