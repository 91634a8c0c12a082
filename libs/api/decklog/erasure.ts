import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** What went from history, by whose wish, and why. */
export interface ErasureSpec {
  /** `Shred`: the values of a Secret became unreadable. `Prune`: old versions of a resource lost their content. */
  readonly what: 'Shred' | 'Prune';
  readonly reason: string;
  /** The user who asked for it. */
  readonly by: string;
  /** `secrets`, `leases.coordination.k8s.io`. */
  readonly resource: string;
  /** Of a Shred: the Secret, and the uids of all that ever had its name. */
  readonly namespace?: string;
  readonly name?: string;
  readonly uids?: readonly string[];
  /** Of a Prune: the earliest revision at which the resource can still be read. */
  readonly earliest?: number;
  /** Of a Prune: how many entries lost their content, and what their hashes amount to (libs/log/README.md). */
  readonly entries?: number;
  readonly digest?: string;
}

/** An entry about the log itself. */
export interface Erasure extends KubeObject {
  readonly kind: 'Erasure';
  readonly spec: ErasureSpec;
}

/**
 * What was taken out of history is itself history: an Erasure is written for it, which nobody can change or delete, and which
 * retention never prunes. Only `decklog shred` and `decklog retention` make one. Ours; upstream has nothing like it.
 */
export const Erasure = defineKind<Erasure>({
  group: 'decklog.dev',
  version: 'v1',
  kind: 'Erasure',
  plural: 'erasures',
  scope: 'Cluster',
  verbs: ['get', 'list', 'watch'],
  columns: [
    NAME,
    { name: 'What', type: 'string', value: ({ spec }) => spec.what },
    { name: 'Object', type: 'string', value: ({ spec }) => objectOf(spec) },
    { name: 'By', type: 'string', value: ({ spec }) => spec.by },
    { name: 'Reason', type: 'string', value: ({ spec }) => spec.reason },
    AGE,
  ],
});

const objectOf = ({ what, resource, namespace, name, earliest, entries }: ErasureSpec): string =>
  what === 'Shred' ? `${resource} ${namespace}/${name}` : `${entries} entries of ${resource} before ${earliest}`;
