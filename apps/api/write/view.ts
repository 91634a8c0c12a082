import type { AnyKind, Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { keyOf } from '#lib/reconcile/controller';
import type { World } from '#lib/reconcile/world';

/** A change that a request wants in the log. */
export interface Wish {
  readonly kind: AnyKind;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  /** The JSON of its spec, when that was made before. */
  readonly specText?: string;
}

/** The world with the changes of the batch that is being put together: what a request sees while it is decided. */
export class View {
  private readonly changed = new Map<string, Wish>();
  private journal: { key: string; before: Wish | undefined }[] = [];

  constructor(readonly world: World) {}

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    const wish = this.changed.get(`${kind.resource}/${kind.namespaced ? `${namespace}/${name}` : name}`);
    if (wish) return wish.type === 'DELETED' ? undefined : (wish.object as T);
    return this.world.get(kind, namespace, name);
  }

  /** As `World.indexed`, with the batch's own changes; meant for short lists. */
  indexed<T extends KubeObject>(kind: Kind<T>, index: string, value: string): readonly T[] {
    const found = this.world.indexed(kind, index, value);
    if (this.changed.size === 0) return found;
    const kept = found.filter((object) => !this.changed.has(`${kind.resource}/${keyOf(object)}`));
    for (const wish of this.changed.values()) {
      if (wish.kind !== (kind as AnyKind) || wish.type === 'DELETED') continue;
      const values = kind.indexes?.[index]?.(wish.object as T);
      if (values === value || (Array.isArray(values) && values.includes(value))) kept.push(wish.object as T);
    }
    return kept;
  }

  /** What the batch changes in a namespace so far. */
  pendingIn(namespace: string): readonly Wish[] {
    return this.changed.size === 0 ? [] : [...this.changed.values()].filter(({ object }) => object.metadata.namespace === namespace);
  }

  put(wish: Wish): void {
    const key = `${wish.kind.resource}/${keyOf(wish.object)}`;
    this.journal.push({ key, before: this.changed.get(key) });
    this.changed.set(key, wish);
  }

  /** Starts a request; `undo` forgets all that was put since. */
  begin(): void {
    this.journal = [];
  }

  undo(): void {
    for (const { key, before } of this.journal.reverse()) {
      if (before) this.changed.set(key, before);
      else this.changed.delete(key);
    }
    this.journal = [];
  }
}
