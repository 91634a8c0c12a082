import { anEvent, collect } from '#lib/log/log.contract';
import { MasterKey } from '#lib/log/secret/master-key';
import { MemoryLog } from '#lib/log/memory-log';
import { MemoryKeyStore } from '#lib/log/secret/key-store';
import { Sealer } from '#lib/log/secret/seal';
import { HistoryReader } from './reader';
import { Teller } from './teller';

describe('telling entry after entry', () => {
  const change = (revision: number, name: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', value: number) =>
    anEvent(revision, {
      name,
      type,
      object: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { [`v${value}`]: 'x' } }),
    });

  test('says the same as when each predecessor is asked for, but asks only for those that came before', async () => {
    const log = new MemoryLog();
    const events = [
      change(1, 'a', 'ADDED', 1),
      change(2, 'b', 'ADDED', 1),
      change(3, 'a', 'MODIFIED', 2),
      change(4, 'a', 'MODIFIED', 3),
      change(5, 'a', 'DELETED', 3),
      change(6, 'a', 'ADDED', 4),
      change(7, 'a', 'MODIFIED', 5),
      change(8, 'b', 'MODIFIED', 7),
    ];
    await log.append(0, events);
    const reader = new HistoryReader(log, new Sealer(MasterKey.random(), new MemoryKeyStore()));
    const all = await collect(log.read());
    const expected = await reader.told(all.slice(2));
    const asked = jest.spyOn(log, 'objectAt');
    const teller = new Teller(reader);
    expect([...(await teller.told(all.slice(2, 4))), ...(await teller.told(all.slice(4)))]).toEqual(expected);
    expect(asked.mock.calls.map(([, , name, revision]) => `${name}@${revision}`)).toEqual(['a@2', 'b@7']);
    expect(expected.map(({ summary }) => summary)).toEqual([
      'changed data.v1, data.v2',
      'changed data.v2, data.v3',
      'deleted',
      'created',
      'changed data.v4, data.v5',
      'changed data.v1, data.v7',
    ]);
  });
});
