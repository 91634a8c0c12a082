import { ConfigMap } from '#lib/api/core/configmap';
import type { KubeObject } from '#lib/api/meta';
import { build } from '#lib/reconcile/testing/builders/object';
import { readEnvelope } from '#lib/schema/protobuf/envelope';
import { decodeMessage } from '#lib/schema/protobuf/decode';
import { ProtoReader } from '#lib/schema/protobuf/wire';
import { partialMetadata, tableOf } from '#lib/schema/table';
import { typeTable } from '#lib/schema/types';
import type { Pieces } from './pieces';
import { partialListMessage, partialListPieces, tableContent } from './rows';

const OBJECTS: readonly KubeObject[] = ['a', 'b'].map((name) => build(ConfigMap, { name, namespace: 'n' }, { data: { metadata: name } } as never));
const now = new Date('2030-01-01T00:00:00Z');
const metadata = { resourceVersion: '7', continue: 'more' };
const textOf = (pieces: Buffer | Pieces): string => Buffer.concat([pieces].flat() as Buffer[]).toString();

describe('lists of rows, put together from the bytes of objects', () => {
  test.each(['Metadata', 'Object', 'None'] as const)('are the table that they would be as a whole: %s', (includeObject) => {
    for (const objects of [OBJECTS, OBJECTS.slice(1), []]) {
      const whole = JSON.parse(JSON.stringify(tableOf(ConfigMap, objects, { now, includeObject, metadata }))) as object;
      expect(JSON.parse(textOf(tableContent(ConfigMap, objects, { now, includeObject, metadata }).json()))).toEqual(whole);
    }
  });

  test('of metadata alone are the list that they would be as a whole, as JSON and as protobuf', () => {
    const list = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: OBJECTS.map((object) => partialMetadata(object)) };
    expect(JSON.parse(textOf(partialListPieces(OBJECTS, 'v1', metadata)))).toEqual(list);
    const { raw, kind } = readEnvelope(Buffer.concat(partialListMessage(ConfigMap, OBJECTS, 'v1', metadata)));
    const decoded = decodeMessage(typeTable().byId('meta/v1.PartialObjectMetadataList'), new ProtoReader(raw, 0));
    expect([kind, decoded]).toEqual([list.kind, { metadata, items: OBJECTS.map((object) => ({ metadata: object.metadata })) }]);
  });
});
