import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError } from '#lib/api/errors';
import { decodeBody } from '#lib/schema/decode/body';
import { typeTable } from '#lib/schema/types';

/** Upstream's own examples: an object with every field set, as protobuf and as JSON. */
const folder = join(__dirname, 'testdata');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.pb'))
  .map((name) => name.slice(0, -3))
  .filter(isServed);
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const bytesOf = (name: string): Buffer => readFileSync(join(folder, `${name}.pb`));
function jsonOf(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** Versions that are not served any more can be read with types of the test data: see encode.spec.ts. */
function isServed(name: string): boolean {
  const { apiVersion, kind } = jsonOf(name) as { apiVersion: string; kind: string };
  return typeTable().ofKind(apiVersion, kind) !== undefined;
}

describe('protobuf', () => {
  test.each(names)('%s decodes to exactly its JSON', (name) => {
    expect(decodeBody(bytesOf(name), PROTOBUF, undefined, 'Strict')).toEqual({ object: jsonOf(name), warnings: [] });
  });

  test.each(names)('%s comes out of JSON as it went in', (name) => {
    const json = jsonOf(name);
    expect(decodeBody(Buffer.from(JSON.stringify(json)), 'application/json', undefined, 'Strict')).toEqual({ object: json, warnings: [] });
  });

  test('bytes that end too early are a bad request at every length', () => {
    const whole = bytesOf('core.v1.Service');
    for (let length = 0; length < whole.length; length += 13) {
      try {
        decodeBody(whole.subarray(0, length), PROTOBUF, { apiVersion: 'v1', kind: 'Service' }, 'Ignore');
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        expect((error as ApiError).code).toBe(400);
      }
    }
    expect(() => decodeBody(whole.subarray(0, 40), PROTOBUF, undefined, 'Ignore')).toThrow('unexpected EOF');
  });

  test('changed bytes never crash the decoder', () => {
    const whole = bytesOf('apps.v1.ReplicaSet');
    for (let at = 4; at < whole.length; at += 41) {
      const broken = Buffer.from(whole);
      broken[at] = broken[at]! ^ 0xff;
      try {
        decodeBody(broken, PROTOBUF, { apiVersion: 'apps/v1', kind: 'ReplicaSet' }, 'Strict');
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }
  });

  test('a body without the magic bytes says so', () => {
    expect(() => decodeBody(Buffer.from('{}'), PROTOBUF, undefined, 'Ignore')).toThrow(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  });

  test('a kind that is not known cannot be read: protobuf does not describe itself', () => {
    const unknown = Buffer.concat([
      Buffer.from('k8s\0'),
      Buffer.from([10, 12, 10, 4]),
      Buffer.from('x/v1'),
      Buffer.from([18, 4]),
      Buffer.from('Boat'),
      Buffer.from([18, 0]),
    ]);
    expect(() => decodeBody(unknown, PROTOBUF, undefined, 'Ignore')).toThrow('no kind "Boat" is registered for version "x/v1"');
  });
});
