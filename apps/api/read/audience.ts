import type { KubeObject } from '#lib/api/meta';
import type { Change } from '#lib/reconcile/world';
import type { Selection } from './selection';
import { WatchGroup, type Batch, type Watcher } from './watch-batch';

/** Who watches, and in which form: watchers with the same key are told the same bytes. */
export interface Listening {
  /** Undefined: nobody else is told the same. */
  readonly key: string | undefined;
  readonly selection: Pick<Selection, 'pin'>;
  /** What all with this key are told of a change; undefined: nothing. */
  readonly tell: (change: Change) => Buffer | undefined;
}

/**
 * All who watch one kind. Those who want one object, the pods of one node or the objects of one namespace are found by that: a change of a
 * pod must not ask each of 5,000 kubelets whether it is for them. Mirrors the cacher's triggers.
 */
export class Audience {
  private readonly groups = new Map<string, WatchGroup>();
  private readonly open = new Set<WatchGroup>();
  private readonly pinned = new Map<string, Set<WatchGroup>>();
  private unique = 0;

  get size(): number {
    let size = 0;
    for (const { members } of this.groups.values()) size += members.size;
    return size;
  }

  get isEmpty(): boolean {
    return this.groups.size === 0;
  }

  /** @returns how it leaves. */
  add(listening: Listening, watcher: Watcher): () => void {
    const key = listening.key ?? `#${this.unique++}`;
    const group = this.groups.get(key) ?? this.made(key, listening);
    group.members.add(watcher);
    return () => {
      if (group.members.delete(watcher) && group.members.size === 0) this.drop(key, group);
    };
  }

  /** Each watcher with what is for it, in turn: the caller decides how long to go on. */
  *deliveries(changes: readonly Change[]): Generator<void> {
    for (const group of this.open) yield* handed(group, group.batch(changes));
    if (this.pinned.size === 0) return;
    for (const [group, concerning] of this.concerned(changes)) yield* handed(group, group.batch(concerning));
  }

  private concerned(changes: readonly Change[]): Map<WatchGroup, Change[]> {
    const found = new Map<WatchGroup, Change[]>();
    for (const change of changes) {
      for (const pin of pinsOf(change)) {
        for (const group of this.pinned.get(pin) ?? []) {
          const concerning = found.get(group);
          if (!concerning) found.set(group, [change]);
          else if (concerning[concerning.length - 1] !== change) concerning.push(change);
        }
      }
    }
    return found;
  }

  private made(key: string, { selection, tell }: Listening): WatchGroup {
    const group = new WatchGroup(selection.pin, tell);
    this.groups.set(key, group);
    if (group.pin === undefined) this.open.add(group);
    else this.pinned.set(group.pin, (this.pinned.get(group.pin) ?? new Set()).add(group));
    return group;
  }

  private drop(key: string, group: WatchGroup): void {
    this.groups.delete(key);
    this.open.delete(group);
    const others = this.pinned.get(group.pin ?? '');
    if (others?.delete(group) && others.size === 0) this.pinned.delete(group.pin ?? '');
  }
}

function* handed(group: WatchGroup, batch: Batch): Generator<void> {
  if (!batch.concerns) return;
  for (const watcher of group.members) {
    watcher.take(batch);
    yield;
  }
}

/** By which watchers of a change can be found: the object's name and namespace, and the node of a pod, now and before. */
function pinsOf({ object, previous }: Change): string[] {
  const { name, namespace } = object.metadata;
  const pins = [namePin(name)];
  if (namespace) pins.push(namespacePin(namespace));
  for (const version of previous ? [object, previous] : [object]) {
    const node = (version as KubeObject & { spec?: { nodeName?: string } }).spec?.nodeName;
    if (node) pins.push(nodePin(node));
  }
  return pins;
}

export const namePin = (name: string): string => `name/${name}`;
export const nodePin = (node: string): string => `node/${node}`;
export const namespacePin = (namespace: string): string => `namespace/${namespace}`;
