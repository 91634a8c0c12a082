import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { TypeTable } from '#lib/schema/types';
import { strategicMerge, strategicPatch } from './strategic';

/** The item that upstream's tests merge. */
const table = new TypeTable([
  {
    package: 'test/v1',
    openapi: 'test.v1',
    group: 'test',
    version: 'v1',
    kinds: ['Item'],
    types: {
      Item: {
        name: ' string',
        value: ' string',
        other: ' string',
        mergingList: [' []Item', { strategy: 'merge', mergeKey: 'name' }],
        nonMergingList: ' []Item',
        mergingIntList: [' []int32', { strategy: 'merge' }],
        nonMergingIntList: ' []int32',
        mergeItemPtr: ['* Item', { strategy: 'merge', mergeKey: 'name' }],
        simpleMap: ' {}string',
        replacingItem: [' {}string', { strategy: 'replace' }],
        retainKeysMap: [' Item', { strategy: 'retainKeys' }],
        retainKeysMergingList: [' []Item', { strategy: 'merge,retainKeys', mergeKey: 'name' }],
      },
    },
  },
]);
const item = { of: 'struct', struct: table.byId('test/v1.Item'), name: 'v1.Item' } as const;

interface Case {
  readonly name: string;
  readonly of: object;
  readonly with: object;
  readonly is?: object;
  readonly fails?: string;
}
const cases = parse(readFileSync(join(__dirname, 'testdata/strategic.yaml'), 'utf8')) as Case[];

describe('a strategic merge patch', () => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', (_, { of, with: patch, is, fails }) => {
    const before = structuredClone([of, patch]);
    if (fails !== undefined) expect(() => strategicMerge(of, patch, item)).toThrow(fails);
    else expect(strategicMerge(of, patch, item)).toEqual(is);
    expect([of, patch]).toEqual(before);
  });
});

describe('the built-in kinds', () => {
  const service = { apiVersion: 'v1', kind: 'Service' };
  const pod = { apiVersion: 'v1', kind: 'Pod' };

  test('service ports are merged by port', () => {
    const of = {
      spec: {
        ports: [
          { port: 80, name: 'http' },
          { port: 443, name: 'https' },
        ],
      },
    };
    expect(strategicPatch(of, { spec: { ports: [{ port: 443, targetPort: 8443 }] } }, service)).toEqual({
      spec: {
        ports: [
          { port: 80, name: 'http' },
          { port: 443, name: 'https', targetPort: 8443 },
        ],
      },
    });
  });

  test('containers by name, their ports by containerPort, their mounts by mountPath', () => {
    const of = { spec: { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 80 }], volumeMounts: [{ mountPath: '/a', name: 'v' }] }] } };
    const patch = { spec: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'http' }], volumeMounts: [{ mountPath: '/a', readOnly: true }] }] } };
    expect(strategicPatch(of, patch, pod)).toEqual({
      spec: {
        containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 80, name: 'http' }], volumeMounts: [{ mountPath: '/a', name: 'v', readOnly: true }] }],
      },
    });
  });

  test('finalizers are a set, arguments are replaced, a volume keeps one source', () => {
    const of = { metadata: { finalizers: ['a', 'b'] }, spec: { containers: [{ name: 'c', args: ['1'] }], volumes: [{ name: 'v', emptyDir: {} }] } };
    const patch = {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] },
      spec: { containers: [{ name: 'c', args: ['2'] }], volumes: [{ $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'm' } }] },
    };
    expect(strategicPatch(of, patch, pod)).toEqual({
      metadata: { finalizers: ['b'] },
      spec: { containers: [{ name: 'c', args: ['2'] }], volumes: [{ name: 'v', configMap: { name: 'm' } }] },
    });
  });

  test('node taints are replaced, node conditions merged by type', () => {
    const node = { apiVersion: 'v1', kind: 'Node' };
    const of = { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const patch = {
      spec: { taints: [{ key: 'b', effect: 'NoExecute' }] },
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'DiskPressure', status: 'True' },
        ],
      },
    };
    expect(strategicPatch(of, patch, node)).toEqual({
      spec: { taints: [{ key: 'b', effect: 'NoExecute' }] },
      status: {
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'DiskPressure', status: 'True' },
        ],
      },
    });
  });

  test('what comes out may be changed without changing what is stored', () => {
    const stored = { metadata: { name: 'a', labels: { a: '1' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
    const before = structuredClone(stored);
    const draft = strategicPatch(stored, { metadata: { annotations: { b: '2' } } }, pod) as typeof stored;
    draft.metadata.labels.a = '2';
    draft.spec.containers[0]!.image = 'y';
    expect(stored).toEqual(before);
  });

  test('a kind without a schema cannot be patched like this', () => {
    expect(() => strategicPatch({}, {}, { apiVersion: 'example.com/v1', kind: 'Thing' })).toThrow('the body of the request was in an unknown format');
  });
});
