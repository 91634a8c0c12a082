import type { KubeObject } from '#lib/api/meta';
import { concernsProtection, protect } from './protection';

const object = (deletionTimestamp?: string, finalizers?: string[]): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'x', uid: 'u', resourceVersion: '1', ...(deletionTimestamp && { deletionTimestamp }), ...(finalizers && { finalizers }) },
  }) as never;
const GOING = '2026-01-01T00:00:00Z';

describe('protection', () => {
  test.each([
    ['goes and has the finalizer', object(GOING, ['f']), true],
    ['goes without it', object(GOING, ['mine']), false],
    ['stays without it', object(), true],
    ['stays and has it', object(undefined, ['f']), false],
  ])('says for an object that %s whether there is anything to decide', (_, one, concerned) => {
    expect(concernsProtection(one, 'f')).toBe(concerned);
    expect(protect(one, 'f', () => false)).toHaveLength(concerned ? 1 : 0);
  });

  test('asks about use only when the object goes', () => {
    const inUse = jest.fn(() => true);
    expect([protect(object(), 'f', inUse).length, inUse.mock.calls.length]).toEqual([1, 0]);
    expect([protect(object(GOING, ['f']), 'f', inUse), inUse.mock.calls.length]).toEqual([[], 1]);
  });
});
