import { decodeNumbers, liveEntries, storedCheckpoint } from './checkpoint';
import { EntryNames } from '#lib/log/entry/entry-names';

describe('a stored checkpoint', () => {
  const ids = new Map(['pods', 'leases', 'nodes'].map((name, i) => [name, i === 2 ? 20_000 : i + 1]));
  const names = new EntryNames(async () => [...ids].map(([name, id]) => [String(id), name]));

  test('tells which entries are of the resources that are asked for', async () => {
    const [revision, live, resources] = await storedCheckpoint(
      { revision: 900, live: [3, 500, 501, 899], resources: ['pods', 'nodes', 'leases', 'pods'] },
      names,
    );
    expect([revision, decodeNumbers(resources as Buffer)]).toEqual([900, [1, 20_000, 2, 1]]);
    expect(liveEntries(live, resources)).toEqual([3, 500, 501, 899]);
    expect(liveEntries(live, resources, [1])).toEqual([3, 899]);
    expect(liveEntries(live, resources, [20_000, 2])).toEqual([500, 501]);
    expect(() => liveEntries(live, (resources as Buffer).subarray(0, 2), [1])).toThrow('cut off');
  });

  test('of an older version tells all', async () => {
    const [, live, resources] = await storedCheckpoint({ revision: 900, live: [3, 899] }, names);
    expect(resources).toBeNull();
    expect(liveEntries(live, resources, [1])).toEqual([3, 899]);
  });
});
