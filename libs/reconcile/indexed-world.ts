import { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import type { RulesOf } from '#lib/api/apiextensions/custom-kind';
import type { AnyKind, Kind } from '#lib/api/kind';
import { controllerOf, type KubeObject } from '#lib/api/meta';
import { keyOf } from './controller';
import { Shelf, ShelfIndex } from './shelf';
import type { Change, World } from './world';

/** Under which values an index has an object, which is on its shelf under this key. */
type ValuesOf = (object: KubeObject, key: string) => string | readonly string[] | undefined;

/** An index that somebody asked for. */
interface MadeIndex {
  readonly name: string;
  readonly index: ShelfIndex;
  readonly valuesOf: ValuesOf;
}

/**
 * The objects of one kind. Indexes are made when somebody asks for them, so that worlds in which nobody does pay nothing: those of the
 * past, which are only listed.
 */
class KindShelf {
  readonly all = new Shelf();
  private readonly made: MadeIndex[] = [];

  constructor(public kind: AnyKind) {}

  place(key: string, object: KubeObject): void {
    this.all.set(key, object);
    this.eachIndex(key, object, (index, value) => index.add(value, key, object));
  }

  /** `keepIn` is the next version: entries it will overwrite anyway stay, which keeps the sorted order of their shelves. */
  displace(key: string, object: KubeObject, keepIn?: KubeObject): void {
    const kept = new Set<string>();
    if (keepIn) this.eachIndex(key, keepIn, (_, value, name) => kept.add(`${name}\n${value}`));
    else this.all.delete(key);
    this.eachIndex(key, object, (index, value, name) => {
      if (!kept.has(`${name}\n${value}`)) index.remove(value, key);
    });
  }

  /** By the key alone: an object that was not read yet need not be for that. */
  byNamespace(): ShelfIndex {
    return this.indexed('/namespace', (_, key) => namespaceIn(key));
  }

  byController(): ShelfIndex {
    return this.indexed('/controller', controllerShelf);
  }

  labelled(label: string): ShelfIndex {
    return this.indexed(`/label/${label}`, (object) => labelShelf(object, label));
  }

  /** One that the kind declares. */
  declared(name: string): ShelfIndex | undefined {
    return this.kind.indexes?.[name] && this.indexed(name, (object) => this.kind.indexes?.[name]?.(object));
  }

  private indexed(name: string, valuesOf: ValuesOf): ShelfIndex {
    const known = this.made.find((one) => one.name === name);
    if (known) return known.index;
    const made = { name, index: new ShelfIndex(), valuesOf };
    this.made.push(made);
    this.all.entries((key, object) => eachValue(made, key, object, (index, value) => index.add(value, key, object)));
    return made.index;
  }

  private eachIndex(key: string, object: KubeObject, visit: Visit): void {
    for (const made of this.made) eachValue(made, key, object, visit);
  }
}

type Visit = (index: ShelfIndex, value: string, name: string) => void;

function eachValue({ name, index, valuesOf }: MadeIndex, key: string, object: KubeObject, visit: Visit): void {
  const values = valuesOf(object, key);
  if (values === undefined) return;
  if (typeof values === 'string') visit(index, values, name);
  else for (const value of values) visit(index, value, name);
}

/** Undefined for what is in none: names have no slash. */
function namespaceIn(key: string): string | undefined {
  const cut = key.indexOf('/');
  return cut < 0 ? undefined : key.slice(0, cut);
}

const controllerShelf = (object: KubeObject): string => controllerOf(object)?.uid ?? orphanShelf(object.metadata.namespace);

const orphanShelf = (namespace: string | undefined): string => `/${namespace ?? ''}`;

function labelShelf(object: KubeObject, label: string): string | undefined {
  const value = object.metadata.labels?.[label];
  return value === undefined ? undefined : `${object.metadata.namespace ?? ''}/${value}`;
}

/** The fold of the log, kept current by `apply`. One writer; readers never see a half-applied change because nothing here awaits. */
export class IndexedWorld implements World {
  revision = 0;
  private readonly shelves = new Map<string, KindShelf>();
  /** Made when somebody asks for an object by its uid. */
  private uids: Map<string, KubeObject> | undefined;
  /** Made when somebody asks for dependents. */
  private owners: ShelfIndex | undefined;
  readonly custom: CustomKinds;

  /** `rulesOf`: who judges custom resources says how their rules are read. */
  constructor(rulesOf?: RulesOf) {
    this.custom = new CustomKinds(rulesOf);
  }

  /** Applies one log entry and tells what changed. Entries must come in revision order. */
  apply(kind: AnyKind, type: Change['type'], object: KubeObject, revision: number): Change {
    const shelf = this.shelf(kind);
    const key = keyOf(object);
    const previous = shelf.all.get(key);
    if (type === 'DELETED') {
      if (previous) this.drop(shelf, key, previous);
    } else {
      this.put(shelf, key, object, previous);
    }
    if (kind === CustomResourceDefinition) this.custom.apply(type, object as CustomResourceDefinition);
    this.revision = Math.max(this.revision, revision);
    return { revision, type, kind, object, ...(previous && { previous }) };
  }

  /**
   * As `apply` of an ADDED object that is not here yet and is no definition of other kinds, but without looking at it: of one that parses
   * itself when it is looked at, nothing is parsed by this.
   */
  hold(kind: AnyKind, namespace: string, name: string, object: KubeObject, revision: number): void {
    this.shelf(kind).place(namespace === '' ? name : `${namespace}/${name}`, object);
    this.owners = this.uids = undefined; // made again when somebody asks
    this.revision = Math.max(this.revision, revision);
  }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    return this.shelves.get(kind.resource)?.all.get(kind.namespaced ? `${namespace}/${name}` : name) as T | undefined;
  }

  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[] {
    const shelf = this.shelves.get(kind.resource);
    if (!shelf) return [];
    return (namespace ? (shelf.byNamespace().at(namespace)?.list() ?? []) : shelf.all.list()) as readonly T[];
  }

  count(kind: AnyKind, namespace?: string): number {
    const shelf = this.shelves.get(kind.resource);
    return (namespace ? shelf?.byNamespace().at(namespace)?.size : shelf?.all.size) ?? 0;
  }

  ownedBy<T extends KubeObject>(kind: Kind<T>, owner: KubeObject): readonly T[] {
    return (this.shelves.get(kind.resource)?.byController().at(owner.metadata.uid)?.list() ?? []) as readonly T[];
  }

  orphans<T extends KubeObject>(kind: Kind<T>, namespace: string): readonly T[] {
    return (this.shelves.get(kind.resource)?.byController().at(orphanShelf(namespace))?.list() ?? []) as readonly T[];
  }

  labelled<T extends KubeObject>(kind: Kind<T>, namespace: string, key: string, value: string): readonly T[] {
    return (this.shelves.get(kind.resource)?.labelled(key).at(`${namespace}/${value}`)?.list() ?? []) as readonly T[];
  }

  dependents(uid: string): readonly KubeObject[] {
    return this.byOwner().at(uid)?.list() ?? [];
  }

  byUid(uid: string): KubeObject | undefined {
    return this.byUids().get(uid);
  }

  indexed<T extends KubeObject>(kind: Kind<T>, index: string, value: string): readonly T[] {
    return (this.shelves.get(kind.resource)?.declared(index)?.at(value)?.list() ?? []) as readonly T[];
  }

  derived<T extends KubeObject, R>(kind: Kind<T>, index: string, value: string, derive: (objects: readonly T[]) => R): R {
    const shelf = this.shelves.get(kind.resource)?.declared(index)?.at(value);
    return shelf ? shelf.derived(derive as unknown as (objects: readonly KubeObject[]) => R) : derive([]);
  }

  kinds(): readonly AnyKind[] {
    return [...this.shelves.values()].map(({ kind }) => this.custom.kindOfResource(kind.resource) ?? kind);
  }

  /** How many objects there are, of all kinds. */
  get size(): number {
    let size = 0;
    for (const { all } of this.shelves.values()) size += all.size;
    return size;
  }

  private put(shelf: KindShelf, key: string, object: KubeObject, previous: KubeObject | undefined): void {
    if (previous) {
      shelf.displace(key, previous, object);
      this.forget(shelf, key, previous, object.metadata.uid);
    }
    shelf.place(key, object);
    this.uids?.set(object.metadata.uid, object);
    if (this.owners) addByOwner(this.owners, shelf, key, object);
  }

  private drop(shelf: KindShelf, key: string, previous: KubeObject): void {
    shelf.displace(key, previous);
    this.forget(shelf, key, previous);
  }

  private forget(shelf: KindShelf, key: string, previous: KubeObject, nextUid?: string): void {
    if (this.uids && previous.metadata.uid !== nextUid) this.uids.delete(previous.metadata.uid);
    if (this.owners)
      for (const owner of previous.metadata.ownerReferences ?? []) this.owners.remove(owner.uid, `${shelf.kind.resource}/${key}`);
  }

  private byUids(): Map<string, KubeObject> {
    if (this.uids) return this.uids;
    const uids = (this.uids = new Map<string, KubeObject>());
    for (const { all } of this.shelves.values()) for (const object of all.values()) uids.set(object.metadata.uid, object);
    return uids;
  }

  private byOwner(): ShelfIndex {
    if (this.owners) return this.owners;
    const owners = (this.owners = new ShelfIndex());
    for (const shelf of this.shelves.values()) shelf.all.entries((key, object) => addByOwner(owners, shelf, key, object));
    return owners;
  }

  private shelf(kind: AnyKind): KindShelf {
    let shelf = this.shelves.get(kind.resource);
    if (!shelf) this.shelves.set(kind.resource, (shelf = new KindShelf(kind)));
    else if (kind.schema) shelf.kind = kind; // a definition changes, and so does its kind
    return shelf;
  }
}

function addByOwner(owners: ShelfIndex, { kind }: KindShelf, key: string, object: KubeObject): void {
  for (const owner of object.metadata.ownerReferences ?? []) owners.add(owner.uid, `${kind.resource}/${key}`, object);
}
