import { decodeAscending, encodeAscending } from '#lib/log/entry/delta';
import type { EntryNames } from '#lib/log/entry/entry-names';
import type { Checkpoint } from '#lib/log/log';
import { NumberReader, writeNumber } from '#lib/log/entry/patch';

/** A number of a resource takes one or two bytes, as a LEB128. */
const MOST_BYTES = 3;

/** Parameters of SAVE_CHECKPOINT. */
export async function storedCheckpoint(
  { revision, live, resources }: Checkpoint,
  names: EntryNames,
): Promise<[revision: number, live: Buffer, resources: Buffer | null]> {
  if (resources) await names.know(resources);
  return [revision, encodeAscending(live), resources ? encodeNumbers(resources.map((name) => names.idOf(name) as number)) : null];
}

/**
 * The entries of a stored checkpoint; those of `wanted` resources only, where it tells which entry is of which. @throws Error when the
 * bytes are damaged
 */
export function liveEntries(live: Uint8Array, resources: Uint8Array | null, wanted?: readonly number[]): number[] {
  const revisions = decodeAscending(live);
  if (!resources || !wanted) return revisions;
  const isWanted = new Set(wanted);
  const reader = new NumberReader(resources);
  return revisions.filter(() => isWanted.has(reader.next()));
}

/** The numbers that `storedCheckpoint` wrote. */
export function decodeNumbers(bytes: Uint8Array): number[] {
  const [reader, numbers]: [NumberReader, number[]] = [new NumberReader(bytes), []];
  while (reader.at < bytes.length) numbers.push(reader.next());
  return numbers;
}

function encodeNumbers(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * MOST_BYTES);
  return bytes.subarray(
    0,
    numbers.reduce((at, number) => writeNumber(bytes, at, number), 0),
  );
}
