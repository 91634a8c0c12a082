import { bodyOf, partsOf } from './body';
import { decodeCause } from './cause';
import type { EntryNames } from './entry-names';
import { applyPatch, NumberReader } from './patch';
import { CHAINS, type NamedQuery } from '#lib/log/database/queries';
import { toAt, toHex, typeOf, type HashedRow, type RawRow } from './stored-row';

/** Characters of bodies that one reader remembers, about: the next patch of the same object needs the last one. */
const KEPT_CHARS = 32 * 1024 * 1024;

/** A row of `entry`, columns still as texts. */
interface StoredEntry {
  readonly raw: RawRow;
  readonly revision: number;
  readonly frame: number;
  /** The revision that the patch is against; undefined for a frame. */
  readonly base: number | undefined;
  readonly patch: Buffer | undefined;
}

/** The newest version of a frame's object that was made. */
interface Made {
  readonly revision: number;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** About how much it holds. */
  readonly size: number;
  /** Object and decision: as texts, as bytes (body.ts), or both, once something needed them. Most versions are only steps to another. */
  texts?: { readonly object: string; readonly decision: string | null };
  body?: Buffer;
}

/** Columns of `ENTRY` in queries.ts. */
const [REVISION, AT, FRAME, ORIGIN, RESOURCE, TYPE, HASH, REQUEST_ID, CAUSE, PATCH, NAMESPACE, NAME, UID, OBJECT, DECISION, TRACE] =
  Array.from({ length: 16 }, (_, i) => i) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];

/** Makes whole rows of what the table `entry` holds. One per read: it remembers the versions that the next rows may build on. */
export class EntryDecoder {
  private readonly made = new Map<number, Made>();
  private chars = 0;

  constructor(
    private readonly names: EntryNames,
    private readonly query: (query: NamedQuery, values: readonly unknown[]) => Promise<readonly RawRow[]>,
  ) {}

  /**
   * The rows, in the order given. One whose parts are missing or do not fit, because somebody has been at the tables, has '' for its
   * object: it cannot have the hash that stands beside it.
   * @param only the revisions that are wanted, when others of the rows are just what those build on
   */
  async decode(raws: readonly RawRow[], only?: ReadonlySet<number>): Promise<HashedRow[]> {
    const all = raws.map(toEntry);
    const entries = only ? all.filter(({ revision }) => only.has(revision)) : all;
    await this.names.prepare(
      new Set(entries.map(({ raw }) => raw[RESOURCE] as string)),
      new Set(entries.map(({ raw }) => raw[ORIGIN] as string)),
    );
    const inOrder = isAscending(entries) ? entries : [...entries].sort((a, b) => a.revision - b.revision);
    const before = only ? all.filter(({ revision }) => !only.has(revision)) : await this.before(inOrder);
    const rows = new Map<number, HashedRow>();
    if (before.length === 0) {
      for (const entry of inOrder) rows.set(entry.revision, this.rowOf(entry, this.make(entry)));
    } else {
      const wanted = new Set(inOrder.map(({ revision }) => revision));
      const others = before.filter(({ revision }) => !wanted.has(revision));
      for (const entry of [...others, ...inOrder].sort((a, b) => a.revision - b.revision)) {
        const made = this.make(entry);
        if (wanted.has(entry.revision)) rows.set(entry.revision, this.rowOf(entry, made));
      }
    }
    this.forgetOldest();
    return entries.map(({ revision }) => rows.get(revision) as HashedRow);
  }

  /** The entries that these build on and that were not among those before them. */
  private async before(inOrder: readonly StoredEntry[]): Promise<StoredEntry[]> {
    const newest = new Map<number, number>();
    const upTo = new Map<number, number>();
    for (const { revision, frame, base } of inOrder) {
      if (base !== undefined && (newest.get(frame) ?? this.made.get(frame)?.revision) !== base) upTo.set(frame, base);
      newest.set(frame, revision);
    }
    if (upTo.size === 0) return [];
    return (await this.query(CHAINS, [[...upTo.keys()], [...upTo.values()]])).map(toEntry);
  }

  private make({ raw, revision, frame, base, patch }: StoredEntry): Made | undefined {
    if (!patch) {
      const [namespace, name, uid, object, decision] = [raw[NAMESPACE], raw[NAME], raw[UID], raw[OBJECT], raw[DECISION]] as string[];
      return this.remember(frame, {
        revision,
        namespace: namespace ?? '',
        name: name ?? '',
        uid: uid ?? '',
        size: object?.length ?? 0,
        texts: { object: object ?? '', decision: decision ?? null },
      });
    }
    const old = this.made.get(frame);
    if (!old || old.revision !== base) return undefined;
    try {
      const body = applyPatch(bytesOf(old), patch);
      const { namespace, name, uid } = old;
      return this.remember(frame, { revision, namespace, name, uid, size: body.length, body });
    } catch {
      return undefined;
    }
  }

  private remember(frame: number, made: Made): Made {
    const old = this.made.get(frame);
    if (old) {
      this.chars -= old.size;
      this.made.delete(frame);
    }
    this.made.set(frame, made);
    this.chars += made.size;
    return made;
  }

  /** Only between pages: what the rest of a page builds on must stay. */
  private forgetOldest(): void {
    for (const [frame, { size }] of this.made) {
      if (this.chars <= KEPT_CHARS) return;
      this.chars -= size;
      this.made.delete(frame);
    }
  }

  private rowOf({ raw, revision }: StoredEntry, made: Made | undefined): HashedRow {
    const origin = this.names.originOf(raw[ORIGIN] as string);
    const [id, cause] = [raw[REQUEST_ID], raw[CAUSE]];
    const request = origin?.request ?? '';
    const texts = made && textsOf(made);
    return {
      revision,
      at: toAt(raw[AT] as string),
      type: typeOf(raw[TYPE] as string) ?? '',
      resource: this.names.nameOf(raw[RESOURCE] as string),
      namespace: made?.namespace ?? '',
      name: made?.name ?? '',
      uid: made?.uid ?? '',
      object: texts?.object ?? '',
      actor: origin?.actor ?? '',
      request: id ? `{"id":"${id}",${request.slice(1)}` : request,
      cause: cause ? `{${causeText(revision, cause)}}` : '{}',
      decision: texts?.decision ?? null,
      trace: raw[TRACE] ?? null,
      hash: toHex(raw[HASH] as string),
    };
  }
}

const textsOf = (made: Made): NonNullable<Made['texts']> => (made.texts ??= partsOf(made.body as Buffer));

function bytesOf(made: Made): Buffer {
  if (made.body) return made.body;
  const { object, decision } = textsOf(made);
  return (made.body = bodyOf(Buffer.from(object), decision));
}

function causeText(revision: number, cause: string): string {
  try {
    return decodeCause(revision, Buffer.from(toHex(cause), 'hex')).join(',');
  } catch {
    return '';
  }
}

function toEntry(raw: RawRow): StoredEntry {
  const [revision, frame, hex] = [Number(raw[REVISION]), Number(raw[FRAME]), raw[PATCH]];
  if (hex === null || hex === undefined) return { raw, revision, frame, base: undefined, patch: undefined };
  const bytes = Buffer.from(toHex(hex), 'hex');
  const reader = new NumberReader(bytes);
  const base = bytes.length > 0 ? revision - reader.next() : -1;
  return { raw, revision, frame, base, patch: bytes.subarray(reader.at) };
}

const isAscending = (entries: readonly StoredEntry[]): boolean =>
  entries.every(({ revision }, i) => i === 0 || revision > (entries[i - 1] as StoredEntry).revision);
