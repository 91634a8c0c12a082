import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { parseFieldSelector } from '#lib/api/validation/field-selectors';
import { parseSelector } from '#lib/api/validation/selectors';
import { namePin, namespacePin, nodePin } from './audience';

/** Which objects of a kind a list or watch is about. */
export interface Selection {
  readonly namespace: string;
  /** Only the object of this name, when the path or a field selector says so. */
  readonly name: string | undefined;
  /** True when every object (of the namespace) is meant: no selector has to be asked. */
  readonly all: boolean;
  /** Selections of one kind with the same key are about the same objects. */
  readonly key: string;
  /** By which changes that concern it are found, when all of them have that: see `Audience`. */
  readonly pin: string | undefined;
  matches(object: KubeObject): boolean;
}

/**
 * From the path and the query string; fields are those of `kind`, also when it is only a view of what is stored. @throws ApiError 400 when
 * a selector cannot be read.
 */
export function selectionOf(kind: AnyKind, namespace: string, query: URLSearchParams, name?: string): Selection {
  const labels = parseSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(kind, query.get('fieldSelector') ?? '');
  const seen = (object: KubeObject): KubeObject => kind.storedAs?.fromStored(object) ?? object;
  const within = namespace || (kind.namespaced ? (fields.exact('metadata.namespace') ?? '') : '');
  const only = name ?? fields.exact('metadata.name');
  const node = kind.resource === 'pods' ? fields.exact('spec.nodeName') : undefined;
  return {
    namespace: within,
    name: only,
    all: labels.empty && fields.empty && only === undefined,
    key: JSON.stringify([kind.apiVersion, namespace, name, query.get('labelSelector'), query.get('fieldSelector')]),
    pin: only !== undefined ? namePin(only) : node ? nodePin(node) : within ? namespacePin(within) : undefined,
    matches: (object) =>
      (within === '' || object.metadata.namespace === within) &&
      (only === undefined || object.metadata.name === only) &&
      (labels.empty || labels.matches(object.metadata.labels ?? {})) &&
      (fields.empty || fields.matches(seen(object))),
  };
}
