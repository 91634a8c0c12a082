import { CREATED_AT, NAME } from '#lib/api/columns';
import type { AnyKind, Column } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { columnDescription } from './column-descriptions';

/** The part of metav1.ListMeta that a table carries. */
export interface TableMetadata {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** How a table is made. */
export interface TableOptions {
  /** The moment that ages are counted to. */
  readonly now: Date;
  /** What each row carries besides its cells: the metadata (default), the whole object, or nothing. */
  readonly includeObject?: 'Metadata' | 'Object' | 'None';
  readonly metadata?: TableMetadata;
  /** True for all but the first table of a watch: clients remember the columns. */
  readonly noHeaders?: boolean;
  /** Version of meta.k8s.io; default v1. */
  readonly version?: string;
}

/** Upstream's columns for kinds that have none of their own. Mirrors rest.NewDefaultTableConvertor. */
const DEFAULT_COLUMNS: readonly Column<KubeObject>[] = [NAME, CREATED_AT];

const columnsOf = (kind: AnyKind): readonly Column<KubeObject>[] => (kind.columns ?? DEFAULT_COLUMNS) as readonly Column<KubeObject>[];

/** What a row of a table says of an object of the kind, with ages counted to `now`. */
export function cellsOf(kind: AnyKind): (object: KubeObject, now: Date) => unknown[] {
  const columns = columnsOf(kind);
  return (object, now) => columns.map((column) => column.value(object, now));
}

/** A metav1.Table of the objects, which are all of one kind. */
export function tableOf(kind: AnyKind, objects: readonly KubeObject[], options: TableOptions): object {
  const cells = cellsOf(kind);
  const { now, includeObject = 'Metadata', metadata = {}, noHeaders = false, version = 'v1' } = options;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: noHeaders ? [] : definitionsOf(kind),
    rows: objects.map((object) => ({
      cells: cells(object, now),
      object: includeObject === 'None' ? null : includeObject === 'Object' ? object : partialMetadata(object, version),
    })),
  };
}

const definitions = new WeakMap<AnyKind, object[]>();

function definitionsOf(kind: AnyKind): object[] {
  let defined = definitions.get(kind);
  if (!defined) {
    defined = columnsOf(kind).map(({ name, type = 'string', format = '', description, priority = 0 }) => ({
      name,
      type,
      format,
      description: columnDescription(kind, name, description),
      priority,
    }));
    definitions.set(kind, defined);
  }
  return defined;
}

/** The object's metadata alone, as metav1.PartialObjectMetadata. */
export const partialMetadata = (object: KubeObject, version = 'v1'): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: object.metadata,
});
