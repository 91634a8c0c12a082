import type { Pool } from 'pg';
import { freshDatabase } from '../../../test/support/database';
import { openLog } from '#lib/log/open-log';
import { Notary } from './notary';
import { checkProof } from './proof';
import { aLogKey, describeProofs, grow, type ProofSubject } from './proof.contract';
import { HeadSigner } from './tree-head';
import { PostgresTreeStore } from './tree-store';

async function inPostgres(): Promise<ProofSubject & { readonly pool: Pool }> {
  const database = await freshDatabase();
  const opened = await openLog({ url: database.url });
  const end = async (): Promise<void> => {
    await opened.close();
    await database.drop();
  };
  return { log: opened.log, pool: opened.log.pool, store: new PostgresTreeStore(opened.log.pool), end };
}

describeProofs('proofs from a log in PostgreSQL', inPostgres);

describe('a log in PostgreSQL whose database was tampered with, against a head kept elsewhere', () => {
  const signer = new HeadSigner(aLogKey());
  const { publicKey } = signer;
  let subject: Awaited<ReturnType<typeof inPostgres>>;
  let notary: Notary;
  beforeEach(async () => {
    subject = await inPostgres();
    notary = new Notary(subject.log, subject.store, signer);
    await grow(subject.log, 600);
  });
  afterEach(() => subject.end());

  test('an entry that was edited can no longer be proven', async () => {
    const head = await notary.head();
    await subject.pool.query(`UPDATE entry SET object = '{}' WHERE revision = 300`);
    expect(checkProof(await notary.prove(300), { publicKey, head }).detail).toContain('entry 300 was changed');
    expect(checkProof(await notary.prove(299), { publicKey, head }).ok).toBe(true);
  });

  test('a tail that was cut off, head row included, is told by the revisions that are missing', async () => {
    const head = await notary.head();
    await subject.pool.query('DELETE FROM entry WHERE revision > 595');
    await subject.pool.query('UPDATE head SET revision = 595, hash = (SELECT hash FROM event WHERE revision = 595)');
    await expect(notary.consistency(head)).rejects.toThrow('entries 596 to 600 were cut off');
    const after = new Notary(subject.log, subject.store, signer);
    await grow(subject.log, 20);
    expect(checkProof(await after.consistency(head), { publicKey, head }).detail).toContain('its past was changed');
  });

  test('an entry that is gone is named', async () => {
    await subject.pool.query('DELETE FROM entry WHERE revision = 77');
    await expect(notary.head()).rejects.toThrow('entry 77 is missing');
  });

  test('the tree keeps one row per 256 entries, and they can be thrown away', async () => {
    const head = await notary.head();
    expect((await subject.pool.query('SELECT height, index FROM tree_node ORDER BY index')).rows).toEqual([
      { height: 8, index: '0' },
      { height: 8, index: '1' },
    ]);
    await subject.store.clear();
    expect(await new Notary(subject.log, subject.store, signer).head()).toEqual(head);
  });
});
