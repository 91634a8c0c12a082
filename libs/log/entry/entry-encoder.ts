import { bodyOf } from './body';
import { encodeCause } from './cause';
import type { Row } from '#lib/log/hash';
import type { NewEvent } from '#lib/log/log';
import { makePatch, writeNumber } from './patch';

/**
 * An entry as the table `entry` has it: a frame tells everything, a patch only what differs from the entry before it about the same object.
 * The time and, but for its number, the resource are left to whoever writes it.
 */
export interface EntryColumns {
  readonly frame: number;
  readonly origin: number;
  /** `A`, `M`, `D`. */
  readonly type: string;
  readonly resource: string;
  readonly requestId: string | null;
  readonly cause: Buffer | null;
  readonly patch: Buffer | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly uid: string | null;
  /** A text, as its bytes. */
  readonly object: Buffer | null;
  readonly decision: string | null;
  readonly trace: string | null;
}

/** Who asked with what request, for the first time. */
export interface Origin {
  /** The revision that needs it first; negative when it tells a session. */
  readonly id: number;
  readonly actor: string;
  /** Without its id when that is a UUID. */
  readonly request: string;
}

/**
 * Every 16th entry of an object is whole. Measured with test/bench/million.ts and 100,000 events: 659 bytes per status change of a 3 kB
 * pod, of which whole ones are reckoned to be 100. With every 8th those would be 200, and with every 32nd reading takes twice as many
 * steps.
 */
const FRAME_EVERY = 16;

/** Objects and bytes of the last versions that are remembered, to be patched. A version that is not remembered is followed by a frame. */
const KEPT_OBJECTS = 50_000;
const KEPT_BYTES = 64 * 1024 * 1024;

const KEPT_ORIGINS = 5_000;

interface Version {
  readonly frame: number;
  readonly revision: number;
  /** Entries since the frame. */
  readonly depth: number;
  readonly uid: string;
  readonly object: Buffer;
  readonly decision: string | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Makes the columns of entries that are about to be written, and remembers what the next ones build on. For one writer. */
export class EntryEncoder {
  private readonly versions = new Map<string, Version>();
  private readonly origins = new Map<string, number>();
  private bytes = 0;

  /** What was encoded may not have been written: the next entries stand for themselves. */
  forget(): void {
    this.versions.clear();
    this.origins.clear();
    this.bytes = 0;
  }

  /** Somebody else wrote about this object. */
  forgetObject(address: string): void {
    const version = this.versions.get(address);
    if (!version) return;
    this.bytes -= version.object.length;
    this.versions.delete(address);
  }

  /** @param added receives origins that have to be written with the entry */
  encode(event: NewEvent, row: Row, added: Origin[]): EntryColumns {
    const { revision, decision, trace } = row;
    const object = event.bytes ?? Buffer.from(row.object);
    const address = addressOf(row.resource, row.namespace, row.name);
    const known = event.type === 'ADDED' ? undefined : this.versions.get(address);
    const before = known?.uid === row.uid ? known : undefined;
    const patch = before && before.depth + 1 < FRAME_EVERY ? patchOf(before, row, object) : undefined;
    const frame = before && patch ? before.frame : revision;
    this.forgetObject(address);
    if (event.type !== 'DELETED')
      this.remember(address, { frame, revision, depth: before && patch ? before.depth + 1 : 0, uid: row.uid, object, decision });
    const isUuid = row.request.startsWith('{"id":"') && row.request.startsWith('",', 43) && UUID.test(event.request.id);
    // Written out: spreading what both forms have in common was 2 % of all CPU under load.
    return {
      frame,
      origin: this.originOf(row, isUuid, event.request.session !== undefined, added),
      type: event.type.charAt(0),
      resource: row.resource,
      requestId: isUuid ? event.request.id : null,
      cause: encodeCause(revision, event.cause),
      patch: patch ?? null,
      namespace: patch ? null : row.namespace,
      name: patch ? null : row.name,
      uid: patch ? null : row.uid,
      object: patch ? null : object,
      decision: patch ? null : decision,
      trace,
    };
  }

  private originOf(row: Row, isUuid: boolean, hasSession: boolean, added: Origin[]): number {
    const request = isUuid ? `{${row.request.slice(45)}` : row.request;
    const key = `${row.actor}\0${request}`;
    const known = this.origins.get(key);
    if (known !== undefined) return known;
    const id = hasSession ? -row.revision : row.revision;
    added.push({ id, actor: row.actor, request });
    if (this.origins.size >= KEPT_ORIGINS) this.origins.clear();
    this.origins.set(key, id);
    return id;
  }

  private remember(address: string, version: Version): void {
    this.versions.set(address, version);
    this.bytes += version.object.length;
    while (this.versions.size > KEPT_OBJECTS || (this.bytes > KEPT_BYTES && this.versions.size > 1)) {
      this.forgetObject(this.versions.keys().next().value as string);
    }
  }
}

/** `pods/default/web`. */
export const addressOf = (resource: string, namespace: string, name: string): string => `${resource}/${namespace}/${name}`;

/** In front of a patch stands how far back the entry is that it is against. One of half the length or more is not worth its while. */
function patchOf(before: Version, { revision, decision }: Row, object: Buffer): Buffer | undefined {
  const body = bodyOf(object, decision);
  const patch = makePatch(bodyOf(before.object, before.decision), body, body.length / 2);
  if (!patch) return undefined;
  const distance = Buffer.allocUnsafe(8);
  return Buffer.concat([distance.subarray(0, writeNumber(distance, 0, revision - before.revision)), patch]);
}
