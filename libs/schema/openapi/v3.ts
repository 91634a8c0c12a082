import { discoveredGroups, type DiscoveredGroup, type DiscoveredVersion } from '#lib/schema/discovery/resources';
import { versionInfo } from '#lib/schema/discovery/documents';
import type { StructType } from '#lib/schema/types';
import { ANSWER_TYPES, BODY_TYPES, operationsOf, PARAMETERS, PATCH_TYPES, type Operation } from './operations';
import { closureOf, definitionOf, metaType, referenceTo, withGroupVersions, type Json } from './schemas';

/** Definition of a patch: anything that is an object or a list of operations. */
export const PATCH_DEFINITION = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';

/** The OpenAPI v3 document of one group and version: paths, and every schema that they need. */
export function v3Document(group: DiscoveredGroup, { version, resources }: DiscoveredVersion): Json {
  const operations = resources.flatMap(operationsOf);
  const paths: Record<string, Json> = {};
  for (const operation of operations) (paths[operation.path] ??= pathItem(operation))[operation.method] = operationObject(operation);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: versionInfo().gitVersion },
    paths,
    components: { schemas: schemas(operations, group.name, version), securitySchemes: BEARER },
    security: [{ BearerToken: [] }],
  };
}

const BEARER = { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header', description: 'Bearer Token authentication' } };

/** The structs that operations send or receive. */
export function rootsOf(operations: readonly Operation[]): Set<StructType> {
  const roots = new Set<StructType>([metaType('Status'), metaType('DeleteOptions'), metaType('WatchEvent')]);
  for (const { body, result } of operations) {
    if (body && body !== 'patch') roots.add(body);
    if (result !== 'string') roots.add(result);
  }
  return roots;
}

/** Groups and versions that are served, for metav1 kinds. */
export const servedVersions = (): { group: string; version: string }[] =>
  discoveredGroups().flatMap((group) => group.versions.map(({ version }) => ({ group: group.name, version })));

function schemas(operations: readonly Operation[], group: string, version: string): Json {
  const found: Json = { [PATCH_DEFINITION]: { type: 'object' } };
  for (const struct of closureOf(rootsOf(operations))) found[struct.openapi] = definitionOf(struct, 'v3');
  const own = [{ group, version }];
  for (const kind of ['DeleteOptions', 'WatchEvent'])
    found[metaType(kind).openapi] = withGroupVersions(definitionOf(metaType(kind), 'v3'), kind, own);
  found[metaType('Status').openapi] = withGroupVersions(definitionOf(metaType('Status'), 'v3'), 'Status', [{ group: '', version: 'v1' }]);
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pathItem({ inPath }: Operation): Json {
  return { parameters: [...inPath.map((name) => parameter(name, 'path')), parameter('pretty', 'query')] };
}

function parameter(name: string, where: 'path' | 'query'): Json {
  const { type = 'string', description } = PARAMETERS[name]!;
  return { name, in: where, description, ...(where === 'path' && { required: true }), schema: { type, uniqueItems: true } };
}

function operationObject(operation: Operation): Json {
  const { kind, body, result } = operation;
  const answer =
    result === 'string' ? { 'text/plain': { schema: { type: 'string' } } } : contentOf(ANSWER_TYPES, referenceTo(result, 'v3'));
  const ok = { description: 'OK', content: answer };
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    ...(operation.query.length > 0 && { parameters: operation.query.map((name) => parameter(name, 'query')) }),
    ...(body && { requestBody: requestBody(body, operation.patchTypes) }),
    responses: {
      200: ok,
      ...((operation.method === 'post' || operation.method === 'put' || operation.method === 'patch') && {
        201: { ...ok, description: 'Created' },
      }),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group: kind.group, kind: kind.kind, version: kind.version },
  };
}

function requestBody(body: StructType | 'patch', patchTypes: readonly string[] = PATCH_TYPES): Json {
  if (body !== 'patch')
    return { content: contentOf(BODY_TYPES, referenceTo(body, 'v3')), ...(body.name !== 'DeleteOptions' && { required: true }) };
  return { content: contentOf(patchTypes, { $ref: `#/components/schemas/${PATCH_DEFINITION}` }), required: true };
}

const contentOf = (types: readonly string[], schema: Json): Json => Object.fromEntries(types.map((type) => [type, { schema }]));
