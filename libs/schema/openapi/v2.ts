import { discoveredGroups, type DiscoveredGroup } from '#lib/schema/discovery/resources';
import { versionInfo } from '#lib/schema/discovery/documents';
import type { StructType } from '#lib/schema/types';
import { ANSWER_TYPES, BODY_TYPES, operationsOf, PARAMETERS, PATCH_TYPES, type Operation } from './operations';
import { closureOf, definitionOf, metaType, referenceTo, withGroupVersions, type Json } from './schemas';
import { PATCH_DEFINITION, rootsOf, servedVersions } from './v3';

/** OpenAPI v2 as one document for all groups: what kubectl before 1.29 reads. */
export interface V2Document {
  readonly swagger: '2.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, V2Path>>;
  readonly definitions: Readonly<Record<string, Json>>;
}

/** The operations of one path by method. */
export interface V2Path {
  readonly parameters: readonly V2Parameter[];
  readonly [method: string]: V2Operation | readonly V2Parameter[];
}

/** A parameter; `schema` only in the body, `type` only elsewhere. */
export interface V2Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'body';
  readonly description?: string;
  readonly required?: boolean;
  readonly type?: string;
  readonly uniqueItems?: boolean;
  readonly schema?: Json;
}

/** One operation as v2 writes it. */
export interface V2Operation {
  readonly tags: readonly string[];
  readonly description: string;
  readonly operationId: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly schemes: readonly string[];
  readonly parameters: readonly V2Parameter[];
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema?: Json }>>;
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': Json;
}

/** Makes the document of everything that is served. */
export function v2Document(served: readonly DiscoveredGroup[] = discoveredGroups()): V2Document {
  const operations = served
    .flatMap((group) => group.versions)
    .flatMap((version) => version.resources)
    .flatMap(operationsOf);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) (paths[operation.path] ??= pathItem(operation))[operation.method] = operationObject(operation);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: versionInfo().gitVersion! },
    paths: paths as unknown as V2Document['paths'],
    definitions: definitions(operations),
  };
}

function definitions(operations: readonly Operation[]): Record<string, Json> {
  const found: Record<string, Json> = { [PATCH_DEFINITION]: { type: 'object' } };
  for (const struct of closureOf(rootsOf(operations))) found[struct.openapi] = definitionOf(struct, 'v2');
  for (const kind of ['DeleteOptions', 'WatchEvent'])
    found[metaType(kind).openapi] = withGroupVersions(definitionOf(metaType(kind), 'v2'), kind, servedVersions());
  found[metaType('Status').openapi] = withGroupVersions(definitionOf(metaType('Status'), 'v2'), 'Status', [{ group: '', version: 'v1' }]);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pathItem({ inPath }: Operation): Record<string, unknown> {
  return { parameters: [...inPath.map((name) => parameter(name, 'path')), parameter('pretty', 'query')] };
}

function parameter(name: string, where: 'path' | 'query'): V2Parameter {
  const { type = 'string', description } = PARAMETERS[name]!;
  return { name, in: where, description, ...(where === 'path' && { required: true }), type, uniqueItems: true };
}

function operationObject(operation: Operation): V2Operation {
  const { kind, body, result, method } = operation;
  const answer = { description: 'OK', schema: result === 'string' ? { type: 'string' } : referenceTo(result, 'v2') };
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    consumes: body === 'patch' ? [...(operation.patchTypes ?? PATCH_TYPES)] : body ? BODY_TYPES : ['*/*'],
    produces: result === 'string' ? ['text/plain'] : ANSWER_TYPES,
    schemes: ['https'],
    parameters: [...(body ? [bodyParameter(body)] : []), ...operation.query.map((name) => parameter(name, 'query'))],
    responses: {
      200: answer,
      ...((method === 'post' || method === 'put' || method === 'patch') && { 201: { ...answer, description: 'Created' } }),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group: kind.group, kind: kind.kind, version: kind.version },
  };
}

function bodyParameter(body: StructType | 'patch'): V2Parameter {
  const schema = body === 'patch' ? { $ref: `#/definitions/${PATCH_DEFINITION}` } : referenceTo(body, 'v2');
  return { name: 'body', in: 'body', ...((body === 'patch' || body.name !== 'DeleteOptions') && { required: true }), schema };
}
