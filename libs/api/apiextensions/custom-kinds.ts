import { defineKind, type AnyKind, type StoredForm } from '#lib/api/kind';
import { kindOfObject, kindOfPath, kindOfResource } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { conversionOf, type Convert } from './conversion';
import { customKind, type RulesOf } from './custom-kind';
import { isEstablished, storageVersion, type CustomResourceDefinition, type DefinedVersion } from './customresourcedefinition';

/** An entry of the log, as far as it tells the kind of its object. */
export interface KindHint {
  /** `plural.group` */
  readonly resource: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** '' for objects of the cluster. */
  readonly namespace: string;
}

/** The kinds of one definition. */
interface Defined {
  readonly definition: CustomResourceDefinition;
  readonly stored: AnyKind;
  readonly versions: readonly AnyKind[];
}

/**
 * The kinds that a world has beyond the built-in ones: those that its CustomResourceDefinitions describe. A world keeps its own, from
 * the entries it folded, so that a past one has the kinds of its time. An entry may come before its definition (a world that starts
 * at a checkpoint sees the latest entry of each object, and a definition changes later than its objects): then it tells
 * its kind itself, as far as a fold needs it.
 */
export class CustomKinds {
  private readonly byName = new Map<string, Defined>();
  private readonly byResource = new Map<string, AnyKind>();
  private readonly byPath = new Map<string, AnyKind>();
  private readonly byType = new Map<string, AnyKind>();
  /** Moves with every change: for what is made from the kinds and kept. */
  revision = 0;

  constructor(private readonly rulesOf?: RulesOf) {}

  /** Built in or not; by `plural.group`. */
  kindOfResource(resource: string): AnyKind | undefined {
    return kindOfResource(resource) ?? this.byResource.get(resource);
  }

  /** Built in or not; by what an object says of itself. Of custom kinds in every version, served or not. */
  kindOfObject(object: { readonly apiVersion: string; readonly kind: string }): AnyKind | undefined {
    return kindOfObject(object) ?? this.byType.get(`${object.apiVersion}/${object.kind}`);
  }

  /** Built in or not; by the parts of a path. Of custom kinds only what is served. */
  kindOfPath(group: string, version: string, plural: string): AnyKind | undefined {
    return kindOfPath(group, version, plural) ?? this.byPath.get(`${group}/${version}/${plural}`);
  }

  /**
   * The kind of an entry's object: for an entry that comes before its definition, as it says itself. Undefined for a resource that can be
   * no custom one.
   */
  kindOfEntry(hint: KindHint): AnyKind | undefined {
    const known = this.kindOfResource(hint.resource);
    if (known || !hint.resource.includes('.')) return known;
    const kind = provisional(hint);
    this.byResource.set(hint.resource, kind);
    this.byType.set(`${hint.apiVersion}/${hint.kind}`, kind);
    return kind;
  }

  /** What is served: every served version of every established definition. */
  served(): readonly AnyKind[] {
    return [...this.byPath.values()];
  }

  /** The kinds that are stored. */
  stored(): readonly AnyKind[] {
    return [...this.byName.values()].map(({ stored }) => stored);
  }

  get isEmpty(): boolean {
    return this.byName.size === 0;
  }

  definitionOf(resource: string): CustomResourceDefinition | undefined {
    return this.byName.get(resource)?.definition;
  }

  /** Takes in an entry of a definition. */
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', definition: CustomResourceDefinition): void {
    this.revision++;
    this.forget(definition.metadata.name, type === 'DELETED');
    if (type === 'DELETED') return;
    const defined = definedBy(definition, this.rulesOf);
    if (!defined) return;
    this.byName.set(definition.metadata.name, defined);
    this.byResource.set(defined.stored.resource, defined.stored);
    for (const kind of defined.versions) this.byType.set(`${kind.apiVersion}/${kind.kind}`, kind);
    if (!isEstablished(definition)) return;
    for (const kind of defined.versions) {
      const version = definition.spec.versions.find(({ name }) => name === kind.version);
      if (version?.served) this.byPath.set(`${kind.apiVersion}/${kind.plural}`, kind);
    }
  }

  private forget(name: string, forGood: boolean): void {
    const old = this.byName.get(name);
    if (!old) return;
    this.byName.delete(name);
    for (const kind of old.versions) {
      this.byPath.delete(`${kind.apiVersion}/${kind.plural}`);
      this.byType.delete(`${kind.apiVersion}/${kind.kind}`);
    }
    if (forGood) this.byResource.delete(old.stored.resource);
  }
}

function provisional({ resource, apiVersion, kind, namespace }: KindHint): AnyKind {
  const dot = resource.indexOf('.');
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  return defineKind<KubeObject>({
    group,
    version,
    kind,
    plural: dot < 0 ? resource : resource.slice(0, dot),
    scope: namespace === '' ? 'Cluster' : 'Namespaced',
    hasGeneration: true,
  });
}

function definedBy(definition: CustomResourceDefinition, rulesOf: RulesOf | undefined): Defined | undefined {
  const storage = storageVersion(definition);
  if (!storage) return undefined;
  const kinds = new Map<string, AnyKind>();
  const convert = conversionOf(definition);
  for (const version of definition.spec.versions) {
    kinds.set(version.name, customKind(definition, version, formOf(definition, version, storage, { kinds, convert }), rulesOf));
  }
  return { definition, stored: kinds.get(storage.name) as AnyKind, versions: [...kinds.values()] };
}

interface Versions {
  readonly kinds: ReadonlyMap<string, AnyKind>;
  readonly convert: Convert;
}

/** Versions differ in what their schemas drop and fill in, and in what their conversion makes of them. */
function formOf(
  { spec }: CustomResourceDefinition,
  version: DefinedVersion,
  storage: DefinedVersion,
  { kinds, convert }: Versions,
): StoredForm {
  const [apiVersion, own] = [`${spec.group}/${storage.name}`, `${spec.group}/${version.name}`];
  const known = new WeakMap<KubeObject, { readonly revision: string | undefined; readonly shown: KubeObject }>();
  return {
    apiVersion,
    kind: () => kinds.get(storage.name) as AnyKind,
    versions: () => [...kinds.values()],
    always: true,
    converts: spec.conversion?.strategy === 'Webhook',
    toStored: (object) => convert(object, apiVersion),
    fromStored(object) {
      const revision = object.metadata?.resourceVersion;
      const remembered = known.get(object);
      if (remembered && remembered.revision === revision) return remembered.shown;
      const shown = presented(convert(object, own), kinds.get(version.name));
      known.set(object, { revision, shown });
      if (shown !== object) known.set(shown, { revision, shown });
      return shown;
    },
  };
}

function presented(object: KubeObject, kind: AnyKind | undefined): KubeObject {
  const { object: coerced } = kind?.schema?.coerce(object) ?? { object };
  return coerced as KubeObject;
}
