import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import type { AnyKind, Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** One step of the fold: what one log entry did to one object. */
export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: AnyKind;
  /** The object after the change; for DELETED the last version there was. */
  readonly object: KubeObject;
  /** The version before the change, when the world knew one. */
  readonly previous?: KubeObject;
}

/**
 * All objects at one revision of the log. Lists come in key order (namespace, then name), so that two worlds folded from
 * the same log answer alike, however they got there: replay depends on it.
 */
export interface World {
  readonly revision: number;
  /** The kinds there are, built in or described by the definitions of this world. */
  readonly custom: CustomKinds;
  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined;
  /** All of a kind, or those of one namespace. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[];
  /** The length of `list`, without putting it in order. */
  count(kind: AnyKind, namespace?: string): number;
  /** Those whose controller owner (`controller: true`) is `owner`. */
  ownedBy<T extends KubeObject>(kind: Kind<T>, owner: KubeObject): readonly T[];
  /** Those of the namespace that have no controller owner and so may be adopted. */
  orphans<T extends KubeObject>(kind: Kind<T>, namespace: string): readonly T[];
  /** Those of the namespace that carry this label. The first question about a label key of a kind builds an index; later ones are cheap. */
  labelled<T extends KubeObject>(kind: Kind<T>, namespace: string, key: string, value: string): readonly T[];
  /** Every object of every kind that names this uid in its ownerReferences. */
  dependents(uid: string): readonly KubeObject[];
  byUid(uid: string): KubeObject | undefined;
  /** Those that stand under `value` in one of the kind's own indexes (`Kind.indexes`). */
  indexed<T extends KubeObject>(kind: Kind<T>, index: string, value: string): readonly T[];
  /** `derive(indexed(kind, index, value))`, remembered until one of those objects changes. `derive` must be pure and module-level. */
  derived<T extends KubeObject, R>(kind: Kind<T>, index: string, value: string, derive: (objects: readonly T[]) => R): R;
  /** The kinds it holds objects of. */
  kinds(): readonly AnyKind[];
}
