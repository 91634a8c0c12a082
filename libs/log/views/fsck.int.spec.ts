import { freshDatabase } from '../../../test/support/database';
import { checkCheckpoints, checkTree, digestOf, foldAddresses, rebuildCheckpoints } from './fsck';
import { keeperOf } from '#lib/log/keeper';
import { anEvent } from '#lib/log/log.contract';
import { openLog, type OpenLog } from '#lib/log/open-log';
import { aLogKey, grow } from '#lib/log/proof/proof.contract';

describe('the views beside a log in PostgreSQL', () => {
  let opened: OpenLog;
  let drop: () => Promise<void>;
  beforeEach(async () => {
    const database = await freshDatabase();
    opened = await openLog({ url: database.url });
    drop = async () => {
      await opened.close();
      await database.drop();
    };
    await grow(opened.log, 600);
  });
  afterEach(() => drop());

  test('a node of the tree that was changed is found, and made anew', async () => {
    const { notary, trees } = keeperOf(opened.log, aLogKey());
    const head = await notary.head();
    expect(await checkTree(notary.tree, trees, 600)).toEqual([]);
    await opened.log.pool.query(`UPDATE tree_node SET hash = decode(repeat('ab', 32), 'hex') WHERE index = 1`);
    expect(await checkTree(notary.tree, trees, 600)).toMatchObject([{ view: 'tree', detail: expect.stringContaining(head.root) }]);
    await trees.clear();
    expect(await checkTree(notary.tree, trees, 600)).toEqual([]);
  });

  test('a checkpoint that takes objects for those of another kind is found, and made anew', async () => {
    const { views } = keeperOf(opened.log, aLogKey());
    const live = Array.from({ length: 600 }, (_, i) => i + 1);
    await opened.log.saveCheckpoint({ revision: 600, live, resources: live.map((i) => (i === 7 ? 'secrets' : 'configmaps')) });
    expect((await checkCheckpoints(views, 600)).mismatches).toEqual([
      { view: 'checkpoint', detail: 'the checkpoint of revision 600 names other resources than the log' },
    ]);
    await rebuildCheckpoints(views, 600);
    expect((await checkCheckpoints(views, 600)).mismatches).toEqual([]);
    const found: number[] = [];
    for await (const page of opened.log.livingAt(600, ['configmaps'])) found.push(...page.map(({ revision }) => revision));
    expect(found).toEqual(live);
  });

  test('the fold passes by every checkpoint with what lived then', async () => {
    const { views } = keeperOf(opened.log, aLogKey());
    await opened.log.append(600, [anEvent(601, { type: 'DELETED', name: 'c1' }), anEvent(602, { type: 'MODIFIED', name: 'c2' })]);
    await opened.log.saveCheckpoint({ revision: 600, live: Array.from({ length: 600 }, (_, i) => i + 1) });
    await opened.log.saveCheckpoint({ revision: 601, live: Array.from({ length: 599 }, (_, i) => i + 2) });
    await opened.log.saveCheckpoint({ revision: 602, live: Array.from({ length: 599 }, (_, i) => i + 2) });
    const { mismatches, live, checked } = await checkCheckpoints(views, 602);
    expect(mismatches).toEqual([{ view: 'checkpoint', detail: 'the checkpoint of revision 602 is not what the log says: it lacks 602, has 2 too many' }]);
    expect([checked, live.size, live.get('configmaps/default/c2'), live.has('configmaps/default/c1')]).toEqual([3, 599, 602, false]);
    const again = await foldAddresses(views, 601, [], () => undefined);
    expect(digestOf(again)).not.toBe(digestOf(live));
  });
});
