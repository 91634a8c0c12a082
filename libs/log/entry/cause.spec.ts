import { decodeCause, encodeCause } from './cause';

describe('the causes of an entry', () => {
  test.each([[[]], [[999]], [[1, 998, 5]], [[1001, 2000]], [[1000]], [[3, Number.MAX_SAFE_INTEGER]]])('%j come back', (cause: number[]) => {
    const bytes = encodeCause(1000, cause);
    expect(bytes ? decodeCause(1000, bytes) : []).toEqual(cause);
  });

  test('take a byte or two each', () => {
    expect(encodeCause(1_000_000, [999_999])).toHaveLength(1);
    expect(encodeCause(1_000_000, [999_000, 999_100])).toHaveLength(4);
    expect(encodeCause(5, [])).toBeNull();
  });

  test('that are cut off are refused', () => {
    expect(() => decodeCause(1000, (encodeCause(1000, [5]) as Buffer).subarray(0, 1))).toThrow('a cause is cut off');
  });
});
