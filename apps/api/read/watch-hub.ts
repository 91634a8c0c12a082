import type { AnyKind } from '#lib/api/kind';
import type { Change } from '#lib/reconcile/world';
import type { LiveWorld } from '../world/live-world';

type Listener = (change: Change) => void;

/** Hands each change to the watchers of its kind. */
export class WatchHub {
  private readonly byKind = new Map<string, Set<Listener>>();

  constructor(private readonly world: LiveWorld) {
    world.onChange((change) => {
      const listeners = this.byKind.get(change.kind.resource);
      if (listeners) for (const listener of listeners) listener(change);
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

  changesSince(kind: AnyKind, revision: number): readonly Change[] | undefined {
    return this.world.changesSince(revision)?.filter((change) => change.kind.resource === kind.resource);
  }
}
