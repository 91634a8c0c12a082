import { gunzipSync } from 'node:zlib';
import type { Status } from '#lib/api/errors';
import { MemoryLog } from '#lib/log/memory-log';
import { decodeBody } from '#lib/schema/decode/body';
import { encodeMessage } from '#lib/schema/protobuf/encode';
import { writeEnvelope } from '#lib/schema/protobuf/envelope';
import { typeTable } from '#lib/schema/types';
import { apiServer, type ApiServer } from '../support/api-server';
import type { Answered, Asker, Protocol } from '../support/ask';

/** The forms of answers and bodies besides JSON: protobuf, and what is too large to send as it is. */

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const TABLE = 'as=Table;g=meta.k8s.io;v=v1';
const MAPS = '/api/v1/namespaces/default/configmaps';

let server: ApiServer;
beforeAll(async () => (server = await apiServer(new MemoryLog())), 60_000);
afterAll(() => server?.stop());

type Some = { apiVersion: string; kind: string; [part: string]: unknown };
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each kind has its own members
const read = (bytes: Buffer): any => decodeBody(bytes, PROTOBUF, undefined, 'Strict').object;
const written = (object: Some): Buffer => writeEnvelope(object, encodeMessage(typeTable().ofKind(object.apiVersion, object.kind)!, object));
const configMap = (name: string, data: object): Some => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

describe.each<Protocol>(['HTTP/1.1', 'HTTP/2'])('over %s', (protocol) => {
  let ask: Asker;
  const name = protocol === 'HTTP/2' ? 'two' : 'one';
  beforeAll(() => (ask = server.client(undefined, protocol)));
  const accept = (type: string, path: string): Promise<Answered> => ask({ path, headers: { accept: type } });

  test('an object goes in and out as protobuf, and is the same as JSON', async () => {
    const made = await ask({ path: MAPS, body: written(configMap(name, { k: 'grüße' })), headers: { accept: PROTOBUF, 'content-type': PROTOBUF } });
    expect([made.code, made.headers['content-type']]).toEqual([201, PROTOBUF]);
    const got = await accept(`${PROTOBUF},application/json`, `${MAPS}/${name}`);
    const plain = (await accept('application/json', `${MAPS}/${name}`)).json<Some>();
    expect(read(got.bytes)).toEqual(plain);
    expect(plain).toMatchObject({ data: { k: 'grüße' }, metadata: { resourceVersion: expect.stringMatching(/^\d+$/) } });
  });

  test('a list holds its items without their types, and says where it stands', async () => {
    const list = read((await accept(PROTOBUF, '/api/v1/namespaces')).bytes);
    const plain = (await accept('application/json', '/api/v1/namespaces')).json<{ items: Some[]; metadata: object }>();
    const items = plain.items.map(({ apiVersion: _, kind: __, ...item }) => item);
    expect(list).toEqual({ apiVersion: 'v1', kind: 'NamespaceList', metadata: plain.metadata, items });
  });

  test('metadata alone has protobuf of its own; a table has none and comes in the next form', async () => {
    const metadata = await accept(`${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`, '/api/v1/namespaces');
    expect(read(metadata.bytes)).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: expect.arrayContaining([expect.objectContaining({ metadata: expect.objectContaining({ name: 'kube-system' }) })]),
    });
    const table = await accept(`${PROTOBUF};${TABLE},application/json;${TABLE},application/json`, '/api/v1/namespaces');
    expect(table.json<Some>().kind).toBe('Table');
  });

  test('what goes wrong is said in protobuf, too; and as JSON to those who take nothing', async () => {
    const missing = await accept(PROTOBUF, `${MAPS}/missing`);
    expect([missing.code, missing.headers['content-type']]).toEqual([404, PROTOBUF]);
    expect(read(missing.bytes)).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      code: 404,
      message: 'configmaps "missing" not found',
      details: { kind: 'configmaps', name: 'missing' },
    });
    const none = await accept('application/cbor', `${MAPS}/missing`);
    expect([none.code, none.json<Status>().message]).toEqual([
      406,
      `only the following media types are accepted: application/json, application/yaml, ${PROTOBUF}`,
    ]);
  });

  test('options of a delete and the Status that answers it are protobuf', async () => {
    await ask({ path: MAPS, body: configMap('gone', {}) });
    const options = written({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } });
    const headers = { accept: PROTOBUF, 'content-type': PROTOBUF };
    expect(read((await ask({ method: 'DELETE', path: `${MAPS}/gone`, body: options, headers })).bytes)).toMatchObject({ reason: 'Conflict', code: 409 });
    const gone = await ask({ method: 'DELETE', path: `${MAPS}/gone`, body: written({ apiVersion: 'v1', kind: 'DeleteOptions' }), headers });
    expect(read(gone.bytes)).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'gone' } });
  });

  test('a watch sends frames of protobuf, bookmarks among them', async () => {
    const path = `${MAPS}?watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3D${name}`;
    const answer = await accept(`${PROTOBUF};stream=watch`, path);
    expect(answer.headers['content-type']).toBe(`${PROTOBUF};stream=watch`);
    const events = framesOf(answer.bytes);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(events[0]?.object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { k: 'grüße' } });
    expect(events[1]?.object).toMatchObject({ kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } });
  });

  test('discovery and reviews answer in protobuf', async () => {
    expect(read((await accept(PROTOBUF, '/apis')).bytes)).toMatchObject({
      kind: 'APIGroupList',
      groups: expect.arrayContaining([expect.objectContaining({ name: 'apps' })]),
    });
    expect(read((await accept(PROTOBUF, '/api/v1')).bytes)).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await ask({
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: written(review),
      headers: { accept: PROTOBUF, 'content-type': PROTOBUF },
    });
    expect(read(answer.bytes)).toMatchObject({ ...review, status: { userInfo: { username: 'admin' } } });
  });

  test('from 128 KiB on an answer is compressed for those who take it', async () => {
    await ask({ path: MAPS, body: configMap(`large-${name}`, { k: 'x'.repeat(140_000) }) });
    const path = `${MAPS}/large-${name}`;
    for (const type of ['application/json', PROTOBUF]) {
      const plain = await accept(type, path);
      const zipped = await ask({ path, headers: { accept: type, 'accept-encoding': 'gzip, deflate' } });
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect([zipped.headers['content-encoding'], zipped.headers.vary]).toEqual(['gzip', 'Accept-Encoding']);
      expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
      expect(zipped.bytes.length).toBeLessThan(5_000);
    }
    const small = await ask({ path: `${MAPS}/${name}`, headers: { 'accept-encoding': 'gzip' } });
    expect(small.headers['content-encoding']).toBeUndefined();
  });
});

interface Frame {
  readonly type: string;
  readonly object: Some;
}

function framesOf(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const frame = bytes.subarray(at + 4, at + 4 + length);
    const typeLength = frame[1] as number;
    frames.push({ type: frame.subarray(2, 2 + typeLength).toString(), object: read(frame.subarray(frame.indexOf('k8s\0'))) as Some });
    at += 4 + length;
  }
  return frames;
}
