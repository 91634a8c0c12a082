import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * One field as the data files write it: `"<protobuf number><flags> <type>"`, with what else is known as a second element.
 * Flags: `?` omitted when empty, `*` pointer, `!` required, `=` its default is the zero value of its type.
 * Types: string int32 int64 bool float64 bytes any, `[]T`, `{}T` (a map from string), `@Name T` (a named list), or a type's name.
 * The key `''` stands for the inlined TypeMeta, `+T` for another inlined type, `#n` for a field that JSON does not show by name.
 */
export type FieldFact = string | readonly [string, FieldExtras];

/** What a field's schema says beyond its type; the names are those of the `x-kubernetes-*` extensions. */
export interface FieldExtras {
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly list?: 'atomic' | 'map' | 'set';
  readonly keys?: readonly string[];
  readonly map?: 'atomic' | 'granular';
  readonly mergeKey?: string;
  readonly strategy?: string;
  /** For the items of a list. */
  readonly itemEnum?: readonly string[];
}

/** What a type's schema says beyond its fields; `o` replaces the OpenAPI schema where JSON differs from the fields. */
export interface TypeExtras {
  readonly map?: 'atomic' | 'granular';
  readonly unions?: unknown;
  readonly o?: Readonly<Record<string, unknown>>;
}

export type TypeFact = Readonly<Record<string, FieldFact>> | readonly [Readonly<Record<string, FieldFact>>, TypeExtras];

/** One file of `libs/schema/data`: the types of one Go package of Kubernetes 1.36. */
export interface PackageFacts {
  /** `core/v1`; the last part is the package's name in Go. */
  readonly package: string;
  /** Prefix of the definitions' names in OpenAPI, e.g. `io.k8s.api.core.v1`. */
  readonly openapi: string;
  /** Absent for packages that hold no kinds of their own. */
  readonly group?: string;
  readonly version?: string;
  readonly kinds: readonly string[];
  readonly types: Readonly<Record<string, TypeFact>>;
}

/** The folder that holds package.json: this file runs from libs/ in tests and from dist/libs/ otherwise. */
export function projectRoot(from = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${from}`);
  }
}

/** Reads every data file (about 110 kB, 3 ms) from beside this code: the build copies them. Called once, by types.ts. */
export function readFacts(): PackageFacts[] {
  const folder = join(__dirname, 'data');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as PackageFacts);
}
