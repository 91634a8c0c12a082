import { sameValue } from '#lib/api/equality';
import type { Json } from './schemas';
import type { V2Document, V2Operation, V2Parameter, V2Path } from './v2';

/** The paths and definitions of an extension server's OpenAPI v2 that belong to one version of a group. */
export interface V2Part {
  readonly paths: V2Document['paths'];
  readonly definitions: V2Document['definitions'];
}

const REFERENCE = '#/definitions/';

/** What of a document is about one version of a group, with the definitions that it needs; undefined when it is about nothing of it. */
export function partOf(
  document: Partial<V2Document> & { readonly parameters?: Readonly<Record<string, V2Parameter>> },
  group: string,
  version: string,
): V2Part | undefined {
  const base = `/apis/${group}/${version}`;
  const shared = document.parameters ?? {};
  const own = Object.entries(document.paths ?? {}).filter(([path]) => path === base || path.startsWith(`${base}/`));
  if (own.length === 0) return undefined;
  const paths = Object.fromEntries(own.map(([path, item]) => [path, plainPath(item, shared)]));
  const definitions: Record<string, Json> = {};
  const add = (value: unknown): void => {
    for (const name of referencesIn(value)) {
      const definition = document.definitions?.[name];
      if (!definition || name in definitions) continue;
      definitions[name] = definition;
      add(definition);
    }
  };
  add(paths);
  return { paths, definitions };
}

/** Parameters that are named elsewhere in the document stand where they are used: what comes from several documents has no such place. */
function plainPath(item: V2Path, shared: Readonly<Record<string, V2Parameter>>): V2Path {
  const plain = (parameters: readonly (V2Parameter & { $ref?: string })[] = []): V2Parameter[] =>
    parameters.flatMap((one) => (one.$ref ? (shared[one.$ref.slice('#/parameters/'.length)] ?? []) : one));
  const methods = Object.entries(item).filter(([name, value]) => name !== 'parameters' && typeof value === 'object');
  const operations = methods.map(([name, value]) => [
    name,
    { ...(value as V2Operation), parameters: plain((value as V2Operation).parameters) },
  ]);
  return { ...Object.fromEntries(operations), parameters: plain(item.parameters) } as V2Path;
}

/**
 * One document of several. A definition that says something else under a known name gets another one. Mirrors MergeSpecs of kube-openapi.
 */
export function mergedV2(document: V2Document, parts: readonly V2Part[]): V2Document {
  if (parts.length === 0) return document;
  const paths: Record<string, V2Path> = { ...document.paths };
  const definitions: Record<string, Json> = { ...document.definitions };
  for (const part of parts) {
    const renamed = namesFor(part, definitions);
    for (const [name, definition] of Object.entries(part.definitions))
      definitions[renamed.get(name) ?? name] = withNames(definition, renamed) as Json;
    for (const [path, item] of Object.entries(part.paths)) paths[path] = withNames(item, renamed) as V2Path;
  }
  return { ...document, paths, definitions };
}

function namesFor({ definitions }: V2Part, known: Readonly<Record<string, Json>>): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (!known[name] || sameValue(known[name], definition)) continue;
    let n = 2;
    while (known[`${name}_v${n}`]) n++;
    renamed.set(name, `${name}_v${n}`);
  }
  return renamed;
}

function withNames(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (renamed.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withNames(item, renamed));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = key === '$ref' && typeof member === 'string' ? renamed.get(member.slice(REFERENCE.length)) : undefined;
      return [key, name === undefined ? withNames(member, renamed) : REFERENCE + name];
    }),
  );
}

function* referencesIn(value: unknown): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string' && member.startsWith(REFERENCE)) yield member.slice(REFERENCE.length);
    else yield* referencesIn(member);
  }
}
