import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { sameValue } from '#lib/api/equality';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Change } from '#lib/reconcile/world';
import type { LiveWorld } from '../world/live-world';

type Listener = (change: Change) => void;

/** Hands each change to the watchers of its kind; those of a custom kind end with what it was defined as. */
export class WatchHub {
  private readonly byKind = new Map<string, Set<Listener>>();
  private readonly ends = new Map<string, Set<() => void>>();

  constructor(private readonly world: LiveWorld) {
    world.onChange((change) => {
      const listeners = this.byKind.get(change.kind.resource);
      if (listeners) for (const listener of listeners) listener(change);
      if (change.kind.resource === CustomResourceDefinition.resource && isRedefined(change)) this.end(change.object.metadata.name);
    });
  }

  get size(): number {
    let size = 0;
    for (const listeners of this.byKind.values()) size += listeners.size;
    return size;
  }

  /** What the world knows of the changes since `revision`, and everything from now on; nothing between them is missed. */
  join(kind: AnyKind, listener: Listener): () => void {
    let listeners = this.byKind.get(kind.resource);
    if (!listeners) this.byKind.set(kind.resource, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Tells once that the definition of a custom kind is gone or another: what a watch sends would no longer be what is served. */
  whenRedefined(kind: AnyKind, listener: () => void): () => void {
    if (!kind.schema) return () => undefined;
    let listeners = this.ends.get(kind.resource);
    if (!listeners) this.ends.set(kind.resource, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  changesSince(kind: AnyKind, revision: number): readonly Change[] | undefined {
    return this.world.changesSince(revision)?.filter((change) => change.kind.resource === kind.resource);
  }

  private end(resource: string): void {
    const listeners = this.ends.get(resource);
    this.ends.delete(resource);
    if (listeners) for (const listener of listeners) listener();
  }
}

const specOf = (object: KubeObject): unknown => (object as CustomResourceDefinition).spec;

/** One that is only asked to go still shows its objects going. */
const isRedefined = ({ type, object, previous }: Change): boolean => type === 'DELETED' || (previous !== undefined && !sameValue(specOf(previous), specOf(object)));
