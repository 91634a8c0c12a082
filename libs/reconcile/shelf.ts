import type { KubeObject } from '#lib/api/meta';

/** Objects under their keys, listed in key order. The order is worked out when it is asked for, and kept until a key comes or goes. */
export class Shelf<T extends KubeObject = KubeObject> {
  private readonly objects = new Map<string, T>();
  private order: string[] | undefined;
  private sorted: readonly T[] | undefined;
  private memo: Map<unknown, unknown> | undefined;

  get size(): number {
    return this.objects.size;
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  set(key: string, object: T): void {
    if (!this.objects.has(key)) this.order = undefined;
    this.objects.set(key, object);
    this.sorted = this.memo = undefined;
  }

  delete(key: string): void {
    if (!this.objects.delete(key)) return;
    this.order = this.sorted = this.memo = undefined;
  }

  list(): readonly T[] {
    if (this.sorted) return this.sorted;
    this.order ??= [...this.objects.keys()].sort();
    this.sorted = this.order.map((key) => this.objects.get(key) as T);
    return this.sorted;
  }

  /** Keys in order; goes with `list()`. */
  keys(): readonly string[] {
    this.order ??= [...this.objects.keys()].sort();
    return this.order;
  }

  entries(visit: (key: string, object: T) => void): void {
    for (const [key, object] of this.objects) visit(key, object);
  }

  values(): Iterable<T> {
    return this.objects.values();
  }

  /** A value computed from the list, kept until an object changes. */
  derived<R>(derive: (objects: readonly T[]) => R): R {
    this.memo ??= new Map();
    if (!this.memo.has(derive)) this.memo.set(derive, derive(this.list()));
    return this.memo.get(derive) as R;
  }
}

/** Shelves by name; an empty one is dropped, so that a long-lived world does not collect the names of the dead. */
export class ShelfIndex<T extends KubeObject = KubeObject> {
  private readonly shelves = new Map<string, Shelf<T>>();

  at(value: string): Shelf<T> | undefined {
    return this.shelves.get(value);
  }

  add(value: string, key: string, object: T): void {
    let shelf = this.shelves.get(value);
    if (!shelf) this.shelves.set(value, (shelf = new Shelf<T>()));
    shelf.set(key, object);
  }

  remove(value: string, key: string): void {
    const shelf = this.shelves.get(value);
    if (!shelf) return;
    shelf.delete(key);
    if (shelf.size === 0) this.shelves.delete(value);
  }
}
