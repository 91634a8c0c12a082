import { join } from 'node:path';
import { blocksInThreads } from '#lib/log/proof/block-threads';
import { anEvent } from '#lib/log/log.contract';
import { openLog, type OpenLog } from '#lib/log/open-log';
import { verifyChain, type Verifiable } from '#lib/log/proof/verify';
import { freshDatabase, type FreshDatabase } from '../support/database';

const FILE = join(__dirname, '../../dist/libs/log/proof/block-thread.js');
const BLOCK = 2_048;
const ENTRIES = 2 * BLOCK + 4;
const BATCH = 820;

/** As `decklog verify` of a long log: the threads are those of the build. */
describe('verifying with threads', () => {
  let database: FreshDatabase;
  let opened: OpenLog;
  let threaded: Verifiable;
  let believed: number[];
  beforeAll(async () => {
    database = await freshDatabase();
    opened = await openLog({ url: database.url });
    for (let after = 0; after < ENTRIES; after += BATCH)
      await opened.log.append(
        after,
        Array.from({ length: BATCH }, (_, i) => anEvent(after + i + 1, { name: `c${after + i}` })),
      );
    const readBlocks = async function* (after: number, upTo: number) {
      for await (const block of blocksInThreads({ url: database.url, after, upTo, threads: 2, file: FILE })) {
        believed.push(block.after);
        yield block;
      }
    };
    threaded = Object.assign(Object.create(opened.log) as typeof opened.log, { readBlocks });
  }, 60_000);
  beforeEach(() => void (believed = []));
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });

  test('each thread finds its part sound, and the whole has the root and the hash it has without them', async () => {
    const { last, root } = await verifyChain(opened.log, { tree: true });
    expect(await verifyChain(threaded, { tree: true })).toMatchObject({ ok: true, entries: ENTRIES, last, root });
    expect(believed).toEqual([0, BLOCK]);
  }, 60_000);

  test('an entry that was edited in the part of the second thread is named in the same words', async () => {
    await opened.log.pool.query(`UPDATE entry SET trace = 'b' WHERE revision = $1`, [BLOCK + 1_000]);
    const { ok, revision, damage, detail, last } = await verifyChain(opened.log);
    expect({ ok, revision }).toEqual({ ok: false, revision: BLOCK + 1_000 });
    expect(await verifyChain(threaded)).toMatchObject({ ok, revision, damage, detail, last });
    expect(believed).toEqual([0]);
  }, 60_000);

  test('threads that cannot reach the database, or do not start, leave everything to whoever asked', async () => {
    const { ok, revision, detail } = await verifyChain(opened.log);
    for (const to of [
      { url: 'postgres://127.0.0.1:1/none', file: FILE },
      { url: database.url, file: join(__dirname, 'nothing.js') },
    ]) {
      const readBlocks = (after: number, upTo: number) => blocksInThreads({ ...to, after, upTo, threads: 2 });
      expect(await verifyChain(Object.assign(Object.create(opened.log) as typeof opened.log, { readBlocks }))).toMatchObject({ ok, revision, detail });
    }
  }, 60_000);
});
