import type { KubeObject } from '#lib/api/meta';
import type { CustomResourceDefinition } from './customresourcedefinition';

/** An object that has to be converted before anybody can go on. */
export interface Wanted {
  readonly definition: CustomResourceDefinition;
  readonly object: KubeObject;
  readonly desired: string;
  /** Keeps what became of it. */
  settle(converted: KubeObject): void;
}

/** Thrown where a version is needed that only a webhook can make: who can wait has it made, and does the same again. */
export class NotConverted extends Error {
  constructor(readonly wanted: readonly Wanted[]) {
    super('an object has to be converted by a webhook first');
  }
}

/** Makes one version of a kind from another. @throws NotConverted. */
export type Convert = (object: KubeObject, apiVersion: string) => KubeObject;

/** How many conversions of one definition are remembered besides those of stored objects. */
const REMEMBERED = 20_000;

/**
 * Conversion as the definition wants it. `None`, the default: versions differ in their names. `Webhook`: from what was converted before; a
 * conversion depends on nothing but the object, of whose metadata only name, labels and annotations count.
 * Mirrors apiextensions-apiserver/pkg/apiserver/conversion.
 */
export function conversionOf(definition: CustomResourceDefinition): Convert {
  if (definition.spec.conversion?.strategy !== 'Webhook')
    return (object, apiVersion) => (object.apiVersion === apiVersion ? object : { ...object, apiVersion });
  const known = new Map<string, KubeObject>();
  return (object, desired) => {
    if (object.apiVersion === desired || object.apiVersion === undefined) return object;
    const key = `${desired} ${contentOf(object)}`;
    const converted = known.get(key);
    if (converted) return withMetadataOf(object, converted);
    const settle = (made: KubeObject): void => {
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, made);
    };
    throw new NotConverted([{ definition, object, desired, settle }]);
  };
}

/** `show` of all of them. @throws NotConverted with everything that is wanted for it: it is asked for once. */
export function all<T>(objects: readonly KubeObject[], show: (object: KubeObject) => T): T[] {
  const wanted: Wanted[] = [];
  const shown = objects.flatMap((object) => {
    try {
      return [show(object)];
    } catch (error) {
      if (!(error instanceof NotConverted)) throw error;
      wanted.push(...error.wanted);
      return [];
    }
  });
  if (wanted.length > 0) throw new NotConverted(wanted);
  return shown;
}

function contentOf({ metadata, ...rest }: KubeObject): string {
  const { name, generateName, namespace, labels, annotations } = metadata ?? {};
  return JSON.stringify([generateName ?? name, namespace, labels, annotations, rest]);
}

/** A webhook may change labels and annotations, and nothing else of the metadata. */
function withMetadataOf({ metadata }: KubeObject, converted: KubeObject): KubeObject {
  const { labels: _, annotations: __, ...own } = metadata ?? ({} as KubeObject['metadata']);
  const { metadata: made, ...rest } = structuredClone(converted);
  const { labels, annotations } = made ?? {};
  return { ...rest, metadata: { ...own, ...(labels && { labels }), ...(annotations && { annotations }) } } as KubeObject;
}
