import { readFacts, type FieldExtras, type FieldFact, type PackageFacts, type TypeExtras, type TypeFact } from './facts';

export type Scalar = 'string' | 'int32' | 'int64' | 'bool' | 'float64' | 'bytes' | 'any';

/** Structs whose JSON is not an object of their fields. */
export type Special =
  | 'Time'
  | 'MicroTime'
  | 'Duration'
  | 'Quantity'
  | 'IntOrString'
  | 'RawExtension'
  | 'FieldsV1'
  | 'JSON'
  | 'JSONSchemaPropsOrArray'
  | 'JSONSchemaPropsOrBool'
  | 'JSONSchemaPropsOrStringArray';

/** A Go type. `name` is what Go prints in errors: `int32`, `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
export type TypeRef =
  | { readonly of: 'scalar'; readonly scalar: Scalar; readonly name: string }
  | { readonly of: 'special'; readonly special: Special; readonly struct: StructType; readonly name: string }
  | { readonly of: 'struct'; readonly struct: StructType; readonly name: string }
  | { readonly of: 'list'; readonly item: TypeRef; readonly name: string; readonly alias: boolean }
  | { readonly of: 'map'; readonly value: TypeRef; readonly name: string };

/** One member of a JSON object. Fields of inlined Go structs are members of the outer object and belong to it. */
export interface Field extends FieldExtras {
  readonly name: string;
  readonly type: TypeRef;
  /** The struct whose JSON object has this member. */
  readonly owner: StructType;
  readonly number: number;
  readonly omitEmpty: boolean;
  readonly pointer: boolean;
  readonly required: boolean;
  /** OpenAPI shows the zero value as the default. */
  readonly zeroDefault: boolean;
}

/** A field that is written without a name: an inlined struct, or a member of a special type. */
export interface Unnamed {
  readonly type: TypeRef;
  readonly number: number;
}

/** One Go struct of the Kubernetes API. */
export class StructType {
  /** `PodSpec` */
  readonly name: string;
  /** Definition name in OpenAPI: `io.k8s.api.core.v1.PodSpec`. */
  readonly openapi: string;
  /** Carries apiVersion and kind. */
  hasTypeMeta = false;
  /** In the order of the Go declaration, inlined structs resolved. */
  readonly fields: Field[] = [];
  readonly byName = new Map<string, Field>();
  /** Fields of this struct alone, for protobuf. */
  readonly own: Field[] = [];
  readonly inlined: Unnamed[] = [];
  readonly unnamed: Unnamed[] = [];

  constructor(
    /** `core/v1.PodSpec` */
    readonly id: string,
    readonly from: PackageFacts,
    readonly extras: TypeExtras,
  ) {
    this.name = id.slice(id.lastIndexOf('.') + 1);
    this.openapi = `${from.openapi}.${this.name}`;
  }

  /** As Go prints it: the package's last part and the name. */
  get goName(): string {
    return `${this.from.package.slice(this.from.package.lastIndexOf('/') + 1)}.${this.name}`;
  }
}

const SPECIAL: Readonly<Record<string, Special>> = {
  'meta/v1.Time': 'Time',
  'meta/v1.MicroTime': 'MicroTime',
  'meta/v1.Duration': 'Duration',
  'meta/v1.FieldsV1': 'FieldsV1',
  'resource.Quantity': 'Quantity',
  'intstr.IntOrString': 'IntOrString',
  'runtime.RawExtension': 'RawExtension',
  'apiextensions/v1.JSON': 'JSON',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'JSONSchemaPropsOrArray',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'JSONSchemaPropsOrBool',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'JSONSchemaPropsOrStringArray',
};

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
  float64: 'float64',
  bytes: '[]uint8',
  any: 'interface {}',
};

/** Every type of the data files, linked. */
export class TypeTable {
  private readonly structs = new Map<string, StructType>();
  private readonly kinds = new Map<string, StructType>();
  private readonly linked = new Set<StructType>();

  constructor(readonly packages: readonly PackageFacts[]) {
    for (const facts of packages) for (const name of Object.keys(facts.types)) this.declare(facts, name);
    for (const struct of this.structs.values()) this.link(struct);
    for (const facts of packages) for (const kind of facts.kinds) this.addKind(facts, kind);
  }

  /** By id (`core/v1.Pod`). Throws when there is none: ids come from the data files, not from users. */
  byId(id: string): StructType {
    const struct = this.structs.get(id);
    if (!struct) throw new Error(`no type ${id} in libs/schema/data`);
    return struct;
  }

  /** The type of a kind of a stable API group, or of a metav1 kind, which is part of every group. */
  ofKind(apiVersion: string, kind: string): StructType | undefined {
    return this.kinds.get(`${apiVersion}/${kind}`) ?? (META_KINDS.has(kind) ? this.structs.get(`meta/v1.${kind}`) : undefined);
  }

  private declare(facts: PackageFacts, name: string): void {
    const id = `${facts.package}.${name}`;
    this.structs.set(id, new StructType(id, facts, split(facts.types[name]!)[1]));
  }

  private addKind(facts: PackageFacts, kind: string): void {
    const apiVersion = facts.group ? `${facts.group}/${facts.version}` : facts.version!;
    this.kinds.set(`${apiVersion}/${kind}`, this.byId(`${facts.package}.${kind}`));
  }

  private link(struct: StructType): StructType {
    if (this.linked.has(struct)) return struct;
    this.linked.add(struct);
    const [facts] = split(struct.from.types[struct.name]!);
    for (const [key, fact] of Object.entries(facts)) this.linkField(struct, key, fact);
    return struct;
  }

  private linkField(struct: StructType, key: string, fact: FieldFact): void {
    const [text, extras] = typeof fact === 'string' ? [fact, {}] : fact;
    if (key === '') {
      struct.hasTypeMeta = true;
      return;
    }
    if (key.startsWith('+')) {
      this.inline(struct, this.reference(key.slice(1), struct.from), Number(text));
      return;
    }
    const [, number, flags, type] = /^(\d*)([?*!=]*) (.*)$/.exec(text)!;
    const ref = this.reference(type!, struct.from);
    if (key.startsWith('#')) {
      struct.unnamed.push({ type: ref, number: Number(number) });
      return;
    }
    const field = {
      ...extras,
      name: key,
      type: ref,
      owner: struct,
      number: Number(number),
      omitEmpty: flags!.includes('?'),
      pointer: flags!.includes('*'),
      required: flags!.includes('!'),
      zeroDefault: flags!.includes('='),
    };
    struct.own.push(field);
    this.add(struct, field);
  }

  private inline(struct: StructType, type: TypeRef, number: number): void {
    struct.inlined.push({ type, number });
    if (type.of !== 'struct') return;
    for (const field of this.link(type.struct).fields) this.add(struct, { ...field, owner: struct });
  }

  private add(struct: StructType, field: Field): void {
    struct.fields.push(field);
    struct.byName.set(field.name, field);
  }

  private reference(text: string, from: PackageFacts): TypeRef {
    if (text.startsWith('[]')) return listOf(this.reference(text.slice(2), from));
    if (text.startsWith('{}')) return mapOf(this.reference(text.slice(2), from));
    if (text.startsWith('@')) {
      const space = text.indexOf(' ');
      const list = this.reference(text.slice(space + 1), from);
      return { ...list, name: `${from.package.slice(from.package.lastIndexOf('/') + 1)}.${text.slice(1, space)}`, alias: true } as TypeRef;
    }
    const scalar = SCALARS[text];
    if (scalar) return { of: 'scalar', scalar: text as Scalar, name: scalar };
    const id = text.includes('.') ? text : `${from.package}.${text}`;
    if (id === 'time.Time') return { of: 'scalar', scalar: 'any', name: 'time.Time' };
    const struct = this.byId(id);
    const special = SPECIAL[id];
    return special ? { of: 'special', special, struct, name: struct.goName } : { of: 'struct', struct, name: struct.goName };
  }
}

const listOf = (item: TypeRef): TypeRef => ({ of: 'list', item, name: `[]${item.name}`, alias: false });
const mapOf = (value: TypeRef): TypeRef => ({ of: 'map', value, name: `map[string]${value.name}` });

const META_KINDS = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'CreateOptions',
  'DeleteOptions',
  'GetOptions',
  'ListOptions',
  'PatchOptions',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
  'Status',
  'Table',
  'UpdateOptions',
  'WatchEvent',
]);

function split(fact: TypeFact): readonly [Readonly<Record<string, FieldFact>>, TypeExtras] {
  return Array.isArray(fact) ? (fact as unknown as [Record<string, FieldFact>, TypeExtras]) : [fact as Record<string, FieldFact>, {}];
}

let loaded: TypeTable | undefined;

/** The types of the built-in API, read on first use (about 10 ms) and kept. */
export function typeTable(): TypeTable {
  loaded ??= new TypeTable(readFacts());
  return loaded;
}
