import type { KubeObject } from '#lib/api/meta';
import { wireBytes } from '../world/wire';
import { unread } from './unread';

const POD = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default', uid: 'u' }, spec: { nodeName: 'n' } };
const bytes = Buffer.from(JSON.stringify(POD));

describe('an object that was not read yet', () => {
  afterEach(() => jest.restoreAllMocks());

  test('is parsed once, when somebody looks into it, and not to be given out', () => {
    const parse = jest.spyOn(JSON, 'parse');
    const object = unread(bytes);
    expect(wireBytes(object)).toEqual(bytes);
    expect(parse).not.toHaveBeenCalled();
    expect([object.metadata.name, object.kind, (object as unknown as typeof POD).spec.nodeName]).toEqual(['a', 'Pod', 'n']);
    expect(parse).toHaveBeenCalledTimes(1);
  });

  test('is everything that the parsed one is', () => {
    expect(unread(bytes)).toEqual(POD);
    expect(JSON.stringify(unread(bytes))).toBe(bytes.toString());
    expect({ ...unread(bytes) }).toEqual(POD);
    expect(Object.entries(unread(bytes))).toEqual(Object.entries(POD));
    expect(['spec' in unread(bytes), 'status' in unread(bytes)]).toEqual([true, false]);
    const { metadata, ...rest } = unread(bytes);
    expect([metadata, rest]).toEqual([POD.metadata, { kind: 'Pod', apiVersion: 'v1', spec: POD.spec }]);
  });

  test('cannot be changed', () => {
    const object = unread(bytes) as KubeObject & { status?: unknown };
    expect(() => (object.status = {})).toThrow(TypeError);
    expect(() => delete object.status).toThrow(TypeError);
    expect(object).toEqual(POD);
  });
});
