import { chainHash, ZERO_HASH } from '#lib/log/hash';
import { leafHash } from '#lib/log/proof/merkle';
import { hashesOfRanges, rangesBeside, rootFromMany } from '#lib/log/proof/multiproof';
import type { PrunedEntry } from '#lib/log/retention/prune';
import type { HashedRow } from '#lib/log/entry/stored-row';
import { headProblem, type SignedTreeHead } from '#lib/log/proof/tree-head';

/** The first line of a bundle. */
export interface BundleHeader {
  readonly format: 'decklog/bundle/v1';
  /** First and last revision of the entries. */
  readonly from: number;
  readonly to: number;
  /** Of the first `to` entries. */
  readonly head: SignedTreeHead;
  /** SPKI PEM of the key that signed it. Whoever knows the cluster compares it with the one he knows. */
  readonly publicKey: string;
  /** Hash of entry `from - 1`. */
  readonly previous: string;
  /** From which revision on these resources can be read, where that is later than `from - 1`. */
  readonly horizons: Readonly<Record<string, number>>;
}

/** An entry that lived before `from`, with the hash it builds on. */
export type BaseRow = HashedRow & { readonly previous: string };

/** Everything that a bundle holds. */
export interface Bundle {
  readonly header: BundleHeader;
  /** The world at `from - 1`: the last entry of every object that lived. */
  readonly base: readonly BaseRow[];
  readonly entries: readonly HashedRow[];
  readonly pruned: readonly PrunedEntry[];
  /** Hashes of the Merkle tree beside all of these, hex. */
  readonly proof: readonly string[];
}

/** What a bundle is written from. */
export interface BundleSource {
  readonly header: BundleHeader;
  readonly base: AsyncIterable<readonly BaseRow[]>;
  readonly entries: AsyncIterable<readonly HashedRow[]>;
  readonly pruned: AsyncIterable<readonly PrunedEntry[]>;
  /** Chain hashes of entries 1 to `to`. */
  entryHashes(): AsyncIterable<readonly Buffer[]>;
}

/**
 * The lines of a bundle, each with its newline: header, base, entries, what is left of pruned ones, proof. The same source, the same bytes.
 */
export async function* bundleLines({ header, base, entries, pruned, entryHashes }: BundleSource): AsyncIterable<string> {
  const line = (value: object): string => `${JSON.stringify(value)}\n`;
  const wanted: number[] = [];
  yield line(header);
  for await (const page of base) {
    for (const row of page) wanted.push(row.revision - 1);
    yield page.map((row) => line({ base: row })).join('');
  }
  for (let revision = header.from; revision <= header.to; revision++) wanted.push(revision - 1);
  for await (const page of entries) yield page.map((row) => line({ entry: row })).join('');
  for await (const page of pruned) yield page.map((entry) => line({ pruned: entry })).join('');
  const beside = await hashesOfRanges(rangesBeside(wanted, header.to), entryHashes());
  yield line({ proof: beside.map((hash) => hash.toString('hex')) });
}

/** The lines of a file that is no bundle, or ends too early. */
export class NotABundle extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotABundle';
  }
}

/** Reads the lines; nothing is checked yet but that it is a whole bundle. @throws NotABundle */
export async function readBundle(lines: AsyncIterable<string>): Promise<Bundle> {
  let header: BundleHeader | undefined;
  let proof: readonly string[] | undefined;
  const [base, entries, pruned]: [BaseRow[], HashedRow[], PrunedEntry[]] = [[], [], []];
  for await (const text of lines) {
    if (text === '') continue;
    const line = parsed(text);
    if (!header) {
      if (line.format !== 'decklog/bundle/v1') throw new NotABundle('it is no bundle of Decklog');
      header = line as unknown as BundleHeader;
    } else if (line.base) base.push(line.base);
    else if (line.entry) entries.push(line.entry);
    else if (line.pruned) pruned.push(line.pruned);
    else if (line.proof) proof = line.proof;
    else throw new NotABundle('it has a line of an unknown kind');
  }
  if (!header || !proof) throw new NotABundle('it is cut off');
  return { header, base, entries, pruned, proof };
}

interface Line {
  readonly format?: string;
  readonly base?: BaseRow;
  readonly entry?: HashedRow;
  readonly pruned?: PrunedEntry;
  readonly proof?: readonly string[];
}

function parsed(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    throw new NotABundle('it is no bundle of Decklog: a line is no JSON');
  }
}

/**
 * What is wrong with a bundle; undefined when every row in it is an entry of the log whose head was signed, and none of the range is
 * missing. Needs nothing else. @param publicKey default: the bundle's own, which tells only that it is whole
 */
export function bundleProblem({ header, base, entries, pruned, proof }: Bundle, publicKey = header.publicKey): string | undefined {
  const { head, from, to } = header;
  const problem = headProblem(head, publicKey);
  if (problem) return problem;
  if (head.size !== to) return `the head is of ${head.size} entries, but the bundle ends at ${to}`;
  const leaves = new Map<number, Buffer>();
  for (const row of base) {
    if (row.revision >= from) return `entry ${row.revision} is none from before ${from}`;
    if (chainHash(row.previous, row) !== row.hash) return `entry ${row.revision} was changed`;
    leaves.set(row.revision - 1, leafHash(Buffer.from(row.hash, 'hex')));
  }
  const broken = chainProblem(header, entries, pruned, leaves);
  if (broken) return broken;
  const root = rootFromMany(
    leaves,
    to,
    proof.map((hash) => Buffer.from(hash, 'hex')),
  );
  return root?.toString('hex') === head.root ? undefined : 'the entries do not lead to the root that was signed';
}

function chainProblem(
  { from, to, previous }: BundleHeader,
  entries: readonly HashedRow[],
  pruned: readonly PrunedEntry[],
  leaves: Map<number, Buffer>,
): string | undefined {
  const gone = new Map(pruned.map((entry) => [entry.revision, entry]));
  let [hash, due] = [from === 1 ? ZERO_HASH : previous, from];
  const take = (next: string): void => {
    leaves.set(due - 1, leafHash(Buffer.from(next, 'hex')));
    [hash, due] = [next, due + 1];
  };
  const skip = (until: number): void => {
    for (let entry = gone.get(due); entry && due < until; entry = gone.get(due)) take(entry.hash);
  };
  for (const row of entries) {
    skip(row.revision);
    if (row.revision !== due) return `entry ${due} is missing`;
    if (chainHash(hash, row) !== row.hash) return `entry ${due} was changed`;
    take(row.hash);
  }
  skip(to + 1);
  return due === to + 1 ? undefined : `entry ${due} is missing`;
}
