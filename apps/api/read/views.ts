import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { FieldSelector } from '#lib/api/validation/field-selectors';
import type { HistoryAccess } from '../history/access';
import type { Kernel } from '../kernel';
import { components } from './view-of-components';
import { nodeMetrics, podMetrics } from './view-of-metrics';
import { changes } from './view-of-changes';
import { requests } from './view-of-requests';

/** What is asked of a view. */
export interface ViewQuery {
  readonly kernel: Kernel;
  /** Who may see what. */
  readonly access: HistoryAccess;
  /** '' for all, and of what has none. */
  readonly namespace: string;
  /** Nothing after this revision. */
  readonly upTo: number;
  /** So many at most: the newest. */
  readonly limit: number;
  readonly fields: FieldSelector;
}

/**
 * How the objects of a kind that is not stored are made: of what is kept elsewhere. To add one: `view: true` in the kind, and a line in
 * `views`.
 */
export interface View {
  readonly kind: AnyKind;
  /** The newest that may pass the fields, the newest last; the caller asks the fields again. */
  newest(query: ViewQuery): Promise<readonly KubeObject[]>;
  one(query: ViewQuery, name: string): Promise<KubeObject | undefined>;
  /** What comes after a revision, as it comes, until `signal` aborts. */
  follow?(query: ViewQuery, after: number, signal: AbortSignal): AsyncIterable<readonly KubeObject[]>;
}

const views: readonly View[] = [changes, requests, nodeMetrics, podMetrics, components];

/** @throws Error for a kind that says `view` and has none. */
export function viewOf(kind: AnyKind): View {
  const view = views.find((candidate) => candidate.kind === kind);
  if (!view) throw new Error(`${kind.resource} is a view, and nothing makes its objects`);
  return view;
}
