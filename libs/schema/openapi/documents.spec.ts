import { gunzipSync } from 'node:zlib';
import { kinds } from '#lib/api/kinds';
import { ProtoReader } from '#lib/schema/protobuf/wire';
import { openapiV2Json, openapiV2Proto, openapiV3, openapiV3Index } from './documents';

interface Document {
  readonly paths: Record<string, Record<string, Record<string, unknown>>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
  readonly definitions: Record<string, unknown>;
}
const v3 = (path: string): Document => JSON.parse(openapiV3(path)!.body.toString()) as Document;

/** Every `$ref` in a document. */
const references = (body: Buffer): string[] => [...new Set([...body.toString().matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!))];

describe('OpenAPI v3', () => {
  test('the index names every group and version that is served, with the hash of its document', () => {
    const { paths } = openapiV3Index();
    for (const { group, version } of kinds) {
      const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
      expect(paths[path]?.serverRelativeURL).toBe(`/openapi/v3/${path}?hash=${openapiV3(path)!.etag}`);
    }
    expect(openapiV3('apis/example.com/v1')).toBeUndefined();
  });

  test('kubectl apply finds what it looks for: a patch of the kind that takes strategic merges and validates fields', () => {
    const patch = v3('apis/apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!.patch!;
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: 'apps', kind: 'Deployment', version: 'v1' });
    expect(patch['x-kubernetes-action']).toBe('patch');
    expect(patch.operationId).toBe('patchAppsV1NamespacedDeployment');
    expect(Object.keys((patch.requestBody as { content: object }).content)).toContain('application/strategic-merge-patch+json');
    expect((patch.parameters as { name: string }[]).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dryRun', 'fieldValidation', 'fieldManager', 'force']),
    );
  });

  test('each kind has the paths of its scope and of its subresources', () => {
    const { paths } = v3('api/v1');
    expect(Object.keys(paths['/api/v1/namespaces/{namespace}/pods']!).sort()).toEqual(['delete', 'get', 'parameters', 'post']);
    expect(Object.keys(paths['/api/v1/pods']!)).toEqual(['parameters', 'get']);
    expect(paths['/api/v1/nodes/{name}']!.get).toMatchObject({ operationId: 'readCoreV1Node', tags: ['core_v1'] });
    expect(paths['/api/v1/namespaces/{namespace}/pods/{name}/eviction']!.post).toMatchObject({
      'x-kubernetes-group-version-kind': { group: 'policy', kind: 'Eviction', version: 'v1' },
    });
    expect(paths['/api/v1/namespaces/{namespace}/pods/{name}/log']!.get).toMatchObject({ responses: { 200: { content: { 'text/plain': {} } } } });
  });

  test('schemas keep what merging and defaulting need', () => {
    const { schemas } = v3('api/v1').components;
    expect(schemas['io.k8s.api.core.v1.PodSpec']!.properties).toMatchObject({
      containers: {
        type: 'array',
        items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        'x-kubernetes-patch-merge-key': 'name',
        'x-kubernetes-patch-strategy': 'merge',
      },
    });
    expect(schemas['io.k8s.api.core.v1.ServicePort']).toMatchObject({
      required: ['port'],
      properties: { protocol: { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] } },
    });
    expect(schemas['io.k8s.api.core.v1.Pod']!['x-kubernetes-group-version-kind']).toEqual([{ group: '', kind: 'Pod', version: 'v1' }]);
    expect(schemas['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    });
  });

  test('nothing refers to what is not there', () => {
    for (const path of Object.keys(openapiV3Index().paths)) {
      const { body } = openapiV3(path)!;
      const { schemas } = v3(path).components;
      for (const reference of references(body)) expect(schemas).toHaveProperty([reference.replace('#/components/schemas/', '')]);
    }
  });
});

test('documents come compressed, too', () => {
  const { body, gzipped } = openapiV3('api/v1')!;
  expect(gunzipSync(gzipped).equals(body)).toBe(true);
  expect(gzipped.length).toBeLessThan(body.length / 4);
});

describe('OpenAPI v2', () => {
  test('is one document in which nothing refers to what is not there', () => {
    const { body } = openapiV2Json();
    const document = JSON.parse(body.toString()) as Document;
    expect(document).toMatchObject({ swagger: '2.0' });
    for (const reference of references(body)) expect(document.definitions).toHaveProperty([reference.replace('#/definitions/', '')]);
    for (const { apiVersion, plural, namespaced } of kinds) {
      const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      expect(document.paths).toHaveProperty([`${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`]);
    }
  });

  test('as protobuf it has the same paths and definitions', () => {
    const document = JSON.parse(openapiV2Json().body.toString()) as Document;
    const reader = new ProtoReader(openapiV2Proto().body);
    const found: Record<number, string[]> = { 8: [], 9: [] };
    while (!reader.done) {
      const number = reader.varint() >>> 3;
      const piece = reader.message();
      if (found[number]) found[number] = namesIn(piece);
    }
    expect(found[8]).toEqual(Object.keys(document.paths));
    expect(found[9]).toEqual(Object.keys(document.definitions));
  });
});

/** The names of a repeated pair of name (1) and value. */
function namesIn(reader: ProtoReader): string[] {
  const names: string[] = [];
  while (!reader.done) {
    reader.varint();
    const pair = reader.message();
    pair.varint();
    names.push(pair.string());
  }
  return names;
}
