import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { worldAt } from './fold';
import { anEvent } from './log.contract';
import { MemoryLog } from './memory-log';

const object = (kind: string, name: string, version: number): string =>
  JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: `${kind}-${name}`, resourceVersion: String(version) }, spec: {} });

const a = { name: 'a', uid: 'ConfigMap-a' };
const p = { name: 'p', uid: 'Pod-p', resource: 'pods' };

describe('the world at a revision', () => {
  let log: MemoryLog;
  beforeEach(async () => {
    log = new MemoryLog();
    await log.append(0, [
      anEvent(1, { ...a, object: object('ConfigMap', 'a', 1) }),
      anEvent(2, { ...p, object: object('Pod', 'p', 2) }),
      anEvent(3, { ...a, type: 'MODIFIED', object: object('ConfigMap', 'a', 3) }),
      anEvent(4, { ...a, type: 'DELETED', object: object('ConfigMap', 'a', 4) }),
      anEvent(5, { resource: 'gones' }),
      anEvent(6, { ...a, object: object('ConfigMap', 'a', 6) }),
    ]);
  });
  const versions = async (revision: number, options = {}): Promise<(string | undefined)[]> => {
    const world = await worldAt(log, revision, options);
    expect(world.revision).toBe(revision);
    return [world.get(ConfigMap, 'default', 'a'), world.get(Pod, 'default', 'p')].map((found) => found?.metadata.resourceVersion);
  };

  const expected = [
    [0, [undefined, undefined]],
    [1, ['1', undefined]],
    [2, ['1', '2']],
    [3, ['3', '2']],
    [4, [undefined, '2']],
    [5, [undefined, '2']],
    [6, ['6', '2']],
  ] as const;

  test.each(expected)('has at %i what was there then', async (revision, objects) => {
    expect(await versions(revision)).toEqual(objects);
  });

  test.each(expected)('has at %i the same when it starts from a checkpoint', async (revision, objects) => {
    await log.saveCheckpoint({ revision: 2, live: [1, 2] });
    await log.saveCheckpoint({ revision: 4, live: [2] });
    expect(await versions(revision)).toEqual(objects);
  });

  test('goes on from an earlier world', async () => {
    expect(await versions(6, { base: await worldAt(log, 2) })).toEqual(['6', '2']);
    expect(await versions(4, { base: await worldAt(log, 3) })).toEqual([undefined, '2']);
  });

  test('holds the kinds that were asked for, with a checkpoint or without', async () => {
    expect(await versions(3, { kinds: [Pod] })).toEqual([undefined, '2']);
    await log.saveCheckpoint({ revision: 3, live: [2, 3] });
    expect(await versions(3, { kinds: [Pod] })).toEqual([undefined, '2']);
  });

  test('asks the caller for the object of each live entry, once, and leaves out what he declines', async () => {
    const asked: number[] = [];
    const place = (event: { revision: number; object: string; resource: string }) => {
      asked.push(event.revision);
      return event.resource === 'pods' ? undefined : Promise.resolve(JSON.parse(event.object));
    };
    expect(await versions(6, { place })).toEqual(['6', undefined]);
    expect(asked).toEqual([2, 6]);
  });
});
