import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { AnyKind } from '#lib/api/kind';
import { kindOfObject, kinds } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';

/** An object as people write it, with what is to be written to its status. */
export interface Example {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly status?: object;
}

/** A kind that is served, and one small valid object of it. */
export interface Walked {
  readonly kind: AnyKind;
  readonly example: Example;
}

/**
 * Those of examples.yaml, in its order, and the same in the older versions of their kinds. @throws Error for an object of a kind that is
 * not served.
 */
export function examples(): readonly Walked[] {
  const documents = parseAllDocuments(readFileSync(join(__dirname, 'examples.yaml'), 'utf8'));
  const written = documents.map((document) => {
    const example = document.toJS() as Example;
    const kind = kindOfObject(example);
    if (!kind) throw new Error(`examples.yaml has a ${example.apiVersion} ${example.kind}, which is not served`);
    return { kind, example };
  });
  return [...written, ...written.flatMap(olderVersions(new Set(written.map(({ kind }) => kind))))];
}

/** An older version is a view of what is stored: so is its example. */
const olderVersions =
  (known: ReadonlySet<AnyKind>) =>
  ({ kind: stored, example }: Walked): Walked[] =>
    kinds
      .filter((kind) => !known.has(kind) && kind.kind === stored.kind && kind.storedAs?.apiVersion === stored.apiVersion)
      .map((kind) => ({ kind, example: kind.storedAs?.fromStored(structuredClone(example) as unknown as KubeObject) as unknown as Example }));

/** The path of a kind's collection, in a namespace where it lives in one. */
export function pathOf({ group, version, plural, namespaced }: AnyKind, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && namespace !== '' ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`;
}

/** Kinds whose name is more than a name: another object of them is not the same with another one. */
const SECOND: Readonly<Record<string, (example: Example) => { readonly metadata: { readonly name: string } }>> = {
  IPAddress: () => ({ metadata: { name: '192.168.6.7' } }),
  CustomResourceDefinition: ({ spec, ...example }: Example & { readonly spec?: { readonly names?: object } }) => ({
    ...example,
    metadata: { name: 'runs.example.com' },
    spec: { ...spec, names: { plural: 'runs', singular: 'run', kind: 'Run', listKind: 'RunList' } },
  }),
  APIService: (example) => ({ metadata: { name: 'v2.walk.example.com' }, spec: { ...(example as { spec?: object }).spec, version: 'v2' } }),
};

/** A second object of the kind. */
export function another(example: Example): Example {
  const { metadata, ...other } = SECOND[example.kind]?.(example) ?? { metadata: { name: `${example.metadata.name}-2` } };
  return { ...example, ...other, metadata: { ...example.metadata, ...metadata } };
}
