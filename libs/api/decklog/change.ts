import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** An entry of the log as an object: what was changed, by whom, and why. */
export interface ChangeSpec {
  /** What became of the object. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  /** Absent for objects of the cluster. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly user: string;
  readonly verb: string;
  readonly subresource?: string;
  /** kubectl's own: `kubectl apply`. */
  readonly command?: string;
  /** All requests of one run of kubectl have the same. */
  readonly session?: string;
  readonly controller?: string;
  /** What it changed, in words. */
  readonly summary: string;
  /** The revisions that led to it; empty for a user's request. */
  readonly cause: readonly number[];
}

/** One entry; its name is the revision. */
export interface Change extends KubeObject {
  readonly kind: 'Change';
  readonly spec: ChangeSpec;
}

/**
 * The log for `kubectl get changes`: a view, of which nothing is stored. A list has the newest 500 entries (or `--chunk-size`), the
 * newest last; `--server …/asof/N` has those up to N; a watch (`-w`) gives each entry as it is written. Ours; upstream has nothing like it.
 */
export const Change = defineKind<Change>({
  group: 'decklog.dev',
  version: 'v1',
  kind: 'Change',
  plural: 'changes',
  scope: 'Cluster',
  verbs: ['get', 'list', 'watch'],
  view: true,
  selectableFields: {
    type: ({ spec }) => spec.type,
    resource: ({ spec }) => spec.resource,
    namespace: ({ spec }) => spec.namespace ?? '',
    name: ({ spec }) => spec.name,
    uid: ({ spec }) => spec.uid,
    user: ({ spec }) => spec.user,
    verb: ({ spec }) => spec.verb,
    command: ({ spec }) => spec.command ?? '',
    session: ({ spec }) => spec.session ?? '',
    controller: ({ spec }) => spec.controller ?? '',
  },
  columns: [
    NAME,
    { name: 'By', type: 'string', value: ({ spec }) => spec.command ?? spec.controller ?? spec.user },
    {
      name: 'Object',
      type: 'string',
      value: ({ spec }) => (spec.namespace ? `${spec.namespace}/${spec.resource}/${spec.name}` : `${spec.resource}/${spec.name}`),
    },
    { name: 'What', type: 'string', value: ({ spec }) => spec.summary },
    { name: 'Because Of', type: 'string', value: ({ spec }) => (spec.cause.length === 0 ? '<none>' : spec.cause.slice(-3).join(',')) },
    { name: 'User', type: 'string', priority: 1, value: ({ spec }) => spec.user },
    AGE,
  ],
});
