import { bytesArray, hexArray, textArray } from './binary-array';
import type { EntryColumns, EntryEncoder, Origin } from './entry-encoder';
import type { EntryNames } from './entry-names';
import { chainHash, rowOf } from '#lib/log/hash';
import type { Head, NewEvent } from '#lib/log/log';

/** Entries with their hashes, ready to be sent, and sent again, as they are. */
export interface Batch {
  readonly previous: Head;
  readonly next: Head;
  /** Parameters of `appendQuery`. */
  readonly values: readonly unknown[];
  readonly isLone: boolean;
  readonly hasOrigins: boolean;
  readonly hashes: readonly string[];
}

/** By whom, and with what, events are encoded. */
export interface Encoding {
  /** UUID. */
  readonly writer: string;
  readonly encoder: EntryEncoder;
  /** Must know the resources of the events. */
  readonly names: EntryNames;
}

/** What is to be sent to write these events. @param now milliseconds since 1970 */
export function batchOf(previous: Head, events: readonly NewEvent[], now: number, { writer, encoder, names }: Encoding): Batch {
  // Texts of one format compare as the times they stand for.
  const clock = new Date(now).toISOString();
  const at = clock > previous.at ? clock : previous.at;
  const hashes: string[] = [];
  const origins: Origin[] = [];
  const entries = events.map((event) => {
    const row = rowOf(event, at);
    hashes.push(chainHash(hashes.at(-1) ?? previous.hash, row, event.bytes));
    return encoder.encode(event, row, origins);
  });
  const next = { revision: previous.revision + entries.length, hash: hashes.at(-1) as string, at };
  const head = [previous.revision, Buffer.from(previous.hash, 'hex'), Buffer.from(next.hash, 'hex'), at, writer];
  const isLone = entries.length === 1;
  const columns = isLone ? valuesOf(entries[0] as EntryColumns, next.hash, names) : columnsOf(entries, hashes, names);
  return {
    previous,
    next,
    isLone,
    hasOrigins: origins.length > 0,
    hashes,
    values: [...head, ...columns, ...originValues(origins, isLone)],
  };
}

/** In the order of the columns in append-queries.ts. */
function valuesOf(entry: EntryColumns, hash: string, names: EntryNames): unknown[] {
  const { frame, origin, resource, type, requestId, cause, patch, namespace, name, uid, object, decision, trace } = entry;
  return [
    frame,
    origin,
    names.idOf(resource),
    type,
    Buffer.from(hash, 'hex'),
    requestId,
    cause,
    patch,
    namespace,
    name,
    uid,
    object,
    decision,
    trace,
  ];
}

/** The same for many: an array per column. @param hashes of the entries, hex */
export function columnsOf(entries: readonly EntryColumns[], hashes: readonly string[], names: EntryNames): unknown[] {
  const texts = (key: 'type' | 'requestId' | 'namespace' | 'name' | 'uid' | 'object' | 'decision' | 'trace'): Buffer =>
    textArray(entries.map((entry) => entry[key]));
  const numbers = (of: (entry: EntryColumns) => number | undefined): string => `{${entries.map(of).join(',')}}`;
  const bytes = (key: 'cause' | 'patch'): Buffer => bytesArray(entries.map((entry) => entry[key]));
  return [
    numbers(({ frame }) => frame),
    numbers(({ origin }) => origin),
    numbers(({ resource }) => names.idOf(resource)),
    texts('type'),
    hexArray(hashes),
    texts('requestId'),
    bytes('cause'),
    bytes('patch'),
    ...(['namespace', 'name', 'uid', 'object', 'decision', 'trace'] as const).map(texts),
  ];
}

function originValues(origins: readonly Origin[], isLone: boolean): unknown[] {
  const [first] = origins;
  if (!first) return [];
  return isLone ? [first.actor, first.request] : originColumns(origins);
}

/** An array per column of origin. */
export function originColumns(origins: readonly Origin[]): unknown[] {
  return [
    `{${origins.map(({ id }) => id).join(',')}}`,
    textArray(origins.map(({ actor }) => actor)),
    textArray(origins.map(({ request }) => request)),
  ];
}
