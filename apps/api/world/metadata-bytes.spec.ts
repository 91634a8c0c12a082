import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import type { KubeObject } from '#lib/api/meta';
import { build } from '#lib/reconcile/testing/builders/object';
import { decodeMessage } from '#lib/schema/protobuf/decode';
import { ProtoReader } from '#lib/schema/protobuf/wire';
import { typeTable } from '#lib/schema/types';
import { metadataBytes, metadataMessage } from './metadata-bytes';
import { rememberBytes, wireBytes } from './wire';

const METADATA = { name: 'a', namespace: 'n', annotations: { 'a/"b"': '{"metadata":{"x":"\\\\"}}', 'ü]': '}' }, labels: {} };

const withText = (text: string): KubeObject => {
  const object = JSON.parse(text) as KubeObject;
  rememberBytes(object, text);
  return object;
};

describe('the bytes of the metadata', () => {
  test.each([
    ['first', JSON.stringify({ metadata: METADATA, spec: { metadata: { not: 'this' } }, kind: 'Pod', apiVersion: 'v1' })],
    [
      'last',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        n: 1,
        no: null,
        list: [{ metadata: {} }, '"metadata":{'],
        spec: { metadata: { not: 'this' } },
        metadata: METADATA,
      }),
    ],
    ['in a text with spaces', JSON.stringify({ kind: 'Pod', metadata: METADATA }, null, 1)],
  ])('are found where they stand %s', (_, text) => {
    expect(JSON.parse(metadataBytes(withText(text)).toString())).toEqual(METADATA);
  });

  test('are a part of those of the object, and no copy', () => {
    const pod = build(Pod, { name: 'a', namespace: 'n' }, {});
    expect(metadataBytes(pod).buffer).toBe(wireBytes(pod).buffer);
  });

  test.each([1, 200, 20_000])('are the first field of its message: %i characters', (length) => {
    const map = build(ConfigMap, { name: 'a', namespace: 'n', annotations: { long: 'x'.repeat(length) } }, { data: { a: 'b' } } as never);
    const type = typeTable().byId('meta/v1.PartialObjectMetadata');
    expect(decodeMessage(type, new ProtoReader(metadataMessage(map) as Buffer, 0))).toEqual({ metadata: map.metadata });
  });
});
