import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFacts, type PackageFacts } from '#lib/schema/facts';
import { decoderOf } from '#lib/schema/decode/compile';
import { Decoding } from '#lib/schema/decode/decoding';
import { TypeTable, typeTable } from '#lib/schema/types';
import { decodeMessage } from './decode';
import { encodeMessage, isEncodable } from './encode';
import { listPieces, readEnvelope, watchFrame, writeEnvelope } from './envelope';
import { ProtoReader } from './wire';

/**
 * Upstream's own examples: an object with every field set, as protobuf and as JSON. Types of versions that are not served any more come
 * from the test data.
 */
const folder = join(__dirname, 'testdata');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.pb'))
  .map((name) => name.slice(0, -3));
const bytesOf = (name: string): Buffer => readFileSync(join(folder, `${name}.pb`));
const objectOf = (name: string): { apiVersion: string; kind: string } => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as never;
const facts = readFacts();
const old = (JSON.parse(readFileSync(join(folder, 'old-packages.json'), 'utf8')) as PackageFacts[]).filter(
  (one) => !facts.some((known) => known.package === one.package),
);
const table = new TypeTable([...facts, ...old]);

describe('protobuf', () => {
  test.each(names)('%s is written byte by byte as upstream writes it', (name) => {
    const object = objectOf(name);
    const struct = table.ofKind(object.apiVersion, object.kind)!;
    expect(isEncodable(struct)).toBe(true);
    expect(writeEnvelope(object, encodeMessage(struct, object)).toString('hex')).toBe(bytesOf(name).toString('hex'));
  });

  test.each(names)('%s is read as its JSON, which says the same when it is written again', (name) => {
    const { raw, apiVersion, kind } = readEnvelope(bytesOf(name));
    const struct = table.ofKind(apiVersion, kind)!;
    const read = (bytes: Buffer): unknown => decoderOf(struct)(decodeMessage(struct, new ProtoReader(bytes)), new Decoding(true));
    const { apiVersion: _, kind: __, ...object } = objectOf(name) as Record<string, unknown>;
    expect(read(raw)).toEqual(object);
    expect(read(encodeMessage(struct, object))).toEqual(object);
  });

  const podType = typeTable().ofKind('v1', 'Pod')!;
  const there = (value: object): unknown => decodeMessage(podType, new ProtoReader(encodeMessage(podType, value)));

  test('what is not ASCII, what is long and what is negative arrives', () => {
    const pod = {
      metadata: { name: 'grüße-世界-🚢', annotations: { short: 'é', long: 'x'.repeat(70_000), '': 'no key' }, generation: -3 },
      spec: { priority: -2_147_483_648, activeDeadlineSeconds: Number.MAX_SAFE_INTEGER, containers: [] },
    };
    expect(there(pod)).toEqual({ metadata: pod.metadata, spec: { priority: -2_147_483_648, activeDeadlineSeconds: Number.MAX_SAFE_INTEGER } });
  });

  test('what is false or 0 is said only where it differs from nothing', () => {
    const spec = { hostNetwork: false, automountServiceAccountToken: false, priority: 0, nodeName: '' };
    expect(there({ spec })).toEqual({ spec: { automountServiceAccountToken: false, priority: 0 } });
  });

  test('a null in a list or as a member is no harm, and a writer that failed is empty again', () => {
    expect(there({ metadata: null, spec: { containers: [null], nodeSelector: { a: null } } })).toEqual({ spec: { containers: [{}], nodeSelector: { a: '' } } });
    expect(() => encodeMessage(podType, { metadata: { name: 'a', labels: { toJSON: 1, b: { toString: 5 } } } })).toThrow(TypeError);
    expect(there({ metadata: { name: 'b' } })).toEqual({ metadata: { name: 'b' } });
  });

  test('schemas of custom resources keep what stands in the place of a schema', () => {
    const struct = typeTable().byId('apiextensions/v1.JSONSchemaProps');
    const schema = {
      items: { type: 'string' },
      additionalProperties: false,
      dependencies: { a: ['b', 'c'], d: { type: 'object' } },
      properties: { x: { items: [{ type: 'integer' }, { type: 'string' }], additionalProperties: { type: 'number' }, default: { a: [1] }, maximum: 1.5 } },
    };
    expect(decodeMessage(struct, new ProtoReader(encodeMessage(struct, schema)))).toMatchObject(schema);
  });

  test('a table has no protobuf', () => {
    expect(isEncodable(typeTable().ofKind('meta.k8s.io/v1', 'Table')!)).toBe(false);
  });

  test('a list is its metadata and the messages of its items', () => {
    const struct = typeTable().ofKind('v1', 'ConfigMapList')!;
    const map = typeTable().ofKind('v1', 'ConfigMap')!;
    const items = [{ metadata: { name: 'a' } }, { metadata: { name: 'b' }, data: { k: 'v' } }];
    const metadata = encodeMessage(typeTable().byId('meta/v1.ListMeta'), { resourceVersion: '7' });
    const bytes = Buffer.concat(
      listPieces(
        metadata,
        items.map((item) => encodeMessage(map, item)),
      ),
    );
    expect(decodeMessage(struct, new ProtoReader(bytes))).toEqual({ metadata: { resourceVersion: '7' }, items });
  });

  test('an event of a watch is framed by its length and holds a body with the magic', () => {
    const frame = watchFrame('ADDED', writeEnvelope({ apiVersion: 'v1', kind: 'Pod' }, encodeMessage(podType, { metadata: { name: 'a' } })));
    expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
    expect(frame.subarray(4, 11)).toEqual(Buffer.from('\x0a\x05ADDED'));
    expect(frame.subarray(15, 19)).toEqual(Buffer.from('k8s\0'));
  });
});
