import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import type { EventLog, LogEvent, Outline, ReadRange } from '#lib/log/log';
import type { Address } from './access';
import { changesBetween } from './fields';
import { objectDiff } from './object-diff';
import { inTurns, type HistoryReader } from './reader';

/** One object that differs between two moments. */
export interface DiffLine extends Address {
  /** `replaced`: deleted, and another made under its name. */
  readonly change: 'added' | 'removed' | 'changed' | 'replaced';
  /** The version on either side; absent where there was none. */
  readonly before?: number;
  readonly after?: number;
  /** Of `changed`: the fields. */
  readonly fields?: readonly string[];
  readonly diff: string;
}

/** The last line: how many objects of each resource. `leftOut` differ too, but were not asked for. */
export interface DiffSummary {
  readonly from: number;
  readonly to: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Which part of the cluster is compared. */
export interface DiffScope {
  readonly from: number;
  readonly to: number;
  readonly namespace?: string;
  readonly resource?: string;
  readonly name?: string;
  /** Also what comes and goes without anybody's doing: see HEARTBEATS. */
  readonly all: boolean;
  sees(address: Address): boolean;
}

/** Signs of life and reports, of which there are always new ones. */
export const HEARTBEATS = new Set(['leases.coordination.k8s.io', 'events']);

/** Differences that are put together at once. */
const PAGE = 64;

/**
 * What differs between two moments, in the order of resource, namespace and name: the objects that have entries in between, each as it was
 * at either end. The last value is the summary.
 */
export async function* clusterDiff(reader: HistoryReader, scope: DiffScope): AsyncIterable<DiffLine | DiffSummary> {
  const touched = await touchedBetween(reader.log, scope);
  const leftOut: Record<string, number> = {};
  const counts = { added: 0, removed: 0, changed: 0 };
  const wanted = touched.filter((outline) => {
    if (scope.all || scope.resource !== undefined || !HEARTBEATS.has(outline.resource)) return true;
    leftOut[outline.resource] = (leftOut[outline.resource] ?? 0) + 1;
    return false;
  });
  for (let start = 0; start < wanted.length; start += PAGE) {
    for (const line of await inTurns(wanted.slice(start, start + PAGE), (outline) => lineOf(reader, scope, outline))) {
      if (!line) continue;
      counts[line.change === 'replaced' ? 'changed' : line.change]++;
      yield line;
    }
  }
  yield { from: scope.from, to: scope.to, ...counts, leftOut };
}

/** The last entry in between of each object. */
async function touchedBetween(log: EventLog, { from, to, namespace, resource, name, sees }: DiffScope): Promise<Outline[]> {
  const range: ReadRange = {
    after: Math.min(from, to),
    upTo: Math.max(from, to),
    ...(resource !== undefined && { resources: [resource] }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
  const last = new Map<string, Outline>();
  for await (const page of log.outline(range)) for (const outline of page) last.set(keyOf(outline), outline);
  const keys = [...last.keys()].sort();
  return keys.flatMap((key) => last.get(key) as Outline).filter(sees);
}

const keyOf = ({ resource, namespace, name }: Address): string => `${resource}\0${namespace}\0${name}`;

async function lineOf(reader: HistoryReader, { from, to }: DiffScope, outline: Outline): Promise<DiffLine | undefined> {
  const { resource, namespace, name } = outline;
  const liveAt = async (revision: number): Promise<LogEvent | undefined> => {
    const event = await reader.log.objectAt(resource, namespace, name, revision);
    return event?.type === 'DELETED' ? undefined : event;
  };
  const [before, after] = await Promise.all([liveAt(from), liveAt(to)]);
  const [was, is] = await Promise.all([before && reader.object(before), after && reader.object(after)]);
  if (!was && !is) return undefined;
  const diff = objectDiff(was, is, fileOf(outline));
  if (diff === '') return undefined;
  const change = !was ? 'added' : !is ? 'removed' : was.metadata.uid === is.metadata.uid ? 'changed' : 'replaced';
  return {
    resource,
    namespace,
    name,
    change,
    ...(before && { before: before.revision }),
    ...(after && { after: after.revision }),
    ...(change === 'changed' && { fields: changedFields(was, is) }),
    diff,
  };
}

/** Where only the order of a list with keys changed, no field did. */
function changedFields(was: KubeObject | undefined, is: KubeObject | undefined): string[] {
  return sameValue(was, is) ? [] : changesBetween(was, is).map(({ path }) => path);
}

/** As a file, so that the diff fits a folder of YAML. */
const fileOf = ({ resource, namespace, name }: Address): string => `${namespace === '' ? '' : `${namespace}/`}${resource}/${name}.yaml`;
