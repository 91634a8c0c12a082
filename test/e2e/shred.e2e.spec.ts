import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JetStreamBus } from '#lib/bus/jetstream-bus';
import { MemoryBus } from '#lib/bus/memory-bus';
import { startNats, type RunningNats } from '#lib/embedded/nats';
import { openLog, type OpenLog } from '#lib/log/open-log';
import { openSealer } from '#lib/log/secret/open-sealer';
import { PostgresPresence } from '#lib/log/write/presence';
import { verifyChain } from '#lib/log/proof/verify';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { SoleHolder } from '#lib/runtime/leases';
import { startApi, type Api } from '../../apps/api/start';
import { Relay } from '../../apps/log/relay';
import { asker, type Asker } from '../support/ask';
import { freshDatabase, type FreshDatabase } from '../support/database';
import { eventually } from '../support/program';
import { verbsFor, type Said } from '../support/verbs';

const CANARY = 'canary-7f3d9a1c-sings';
/** Every form in which a text may lie in a file. */
const FORMS = [CANARY, Buffer.from(CANARY).toString('base64').replace(/=+$/, ''), Buffer.from(CANARY).toString('hex')];
const SECRETS = '/api/v1/namespaces/default/secrets';
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

interface Replica {
  readonly opened: OpenLog;
  readonly api: Api;
  readonly ask: Asker;
}

describe('a Secret that is shredded, with two API servers, PostgreSQL and JetStream', () => {
  let folder: string;
  let database: FreshDatabase;
  let nats: RunningNats;
  let bus: JetStreamBus;
  let leases: SoleHolder;
  let ca: ClusterCa;
  let one: Replica;
  let other: Replica;
  let decklog: (...words: string[]) => Promise<Said>;

  const replica = async (): Promise<Replica> => {
    const opened = await openLog({ url: database.url });
    const api = await startApi({
      log: opened.log,
      bus: new MemoryBus(),
      sealer: openSealer(opened.pool, folder),
      pkiDir: folder,
      port: 0,
      presence: new PostgresPresence(database.url, opened.log.writer),
    });
    return { opened, api, ask: asker(api.port, ca.certificate, await ca.issueClient({ user: 'admin', groups: ['system:masters'] }), 'HTTP/1.1') };
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-shred-'));
    [database, nats, ca] = await Promise.all([freshDatabase(), startNats({ storeDir: join(folder, 'nats') }), ClusterCa.loadOrCreate(folder)]);
    one = await replica();
    other = await replica();
    bus = await JetStreamBus.connect({ url: nats.url });
    leases = new SoleHolder();
    leases.hold('relay', new Relay({ log: one.opened.log, bus }));
    decklog = await verbsFor({ ca, api: one.api, pkiDir: folder } as never);
    const data = { password: Buffer.from(CANARY).toString('base64') };
    const annotations = { [APPLIED]: JSON.stringify({ stringData: { password: CANARY } }) };
    for (const name of ['db', 'spare']) {
      expect((await one.ask({ path: SECRETS, body: { apiVersion: 'v1', kind: 'Secret', metadata: { name, annotations }, data } })).code).toBe(201);
    }
  }, 60_000);
  afterEach(async () => {
    await leases.close();
    await bus.close();
    for (const { ask, api, opened } of [one, other]) {
      ask.close();
      await api.stop();
      await opened.close();
    }
    await nats.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const passwordAt = async ({ ask }: Replica, name: string, revision: number): Promise<string> => {
    const { data } = (await ask({ path: `/asof/${revision}${SECRETS}/${name}` })).json<{ data: { password: string } }>();
    return Buffer.from(data.password, 'base64').toString();
  };
  const head = (): number => one.api.kernel.world.revision;
  const remove = async (name: string): Promise<void> => void expect((await one.ask({ method: 'DELETE', path: `${SECRETS}/${name}` })).code).toBe(200);

  /** Everything in the database as text, and every file of JetStream. */
  const canaries = async (): Promise<string[]> => {
    const { rows } = await one.opened.log.pool.query<{ name: string }>(
      `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    const found: string[] = [];
    for (const { name } of rows) {
      const dump = await one.opened.log.pool.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
      if (dump.rows.some(({ row }) => FORMS.some((form) => row.includes(form)))) found.push(name);
    }
    const files = readdirSync(join(folder, 'nats'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      if (FORMS.some((form) => bytes.includes(form))) found.push(file.name);
    }
    return found;
  };

  test('cannot be read at any past moment on any server, while the chain holds and all else stays', async () => {
    const then = head();
    await remove('db');
    await other.api.kernel.world.catchUp();
    expect(await passwordAt(one, 'db', then)).toBe(CANARY);
    expect(await passwordAt(other, 'db', then)).toBe(CANARY);
    const before = (await verifyChain(one.opened.log)).last;

    const said = await decklog('shred', 'secret/db', '--reason', 'leaked in a talk');
    expect(said).toMatchObject({ code: 0, output: expect.stringMatching(/^shredded default\/secret\/db: the keys of 1 object/) });
    await eventually('the other server hears of it', async () => other.api.kernel.world.revision === head());
    for (const replica of [one, other]) {
      expect(await passwordAt(replica, 'db', then)).toBe('<shredded>');
      expect(await passwordAt(replica, 'spare', then)).toBe(CANARY);
      const list = await replica.ask({ path: `/asof/${then}${SECRETS}` });
      expect(list.text).toContain(Buffer.from('<shredded>').toString('base64'));
      const watch = await replica.ask({ path: `${SECRETS}?watch=1&resourceVersion=${then - 2}&timeoutSeconds=1&fieldSelector=metadata.name%3Ddb` });
      expect(watch.text).toContain('"ADDED"');
      expect(FORMS.filter((form) => watch.text.includes(form))).toEqual([]);
    }
    // Nothing is left to be destroyed: no second record says that it was done later.
    const again = await decklog('shred', 'secret/db', '--reason', 'once more');
    expect(again.output).toBe(said.output);
    const list = await one.ask({ path: '/apis/decklog.dev/v1/erasures' });
    expect(list.json<{ items: { spec: object }[] }>().items.map(({ spec }) => spec)).toMatchObject([
      { what: 'Shred', name: 'db', reason: 'leaked in a talk', by: 'kubernetes-admin' },
    ]);
    expect(
      (
        await one.ask({
          method: 'DELETE',
          path: `/apis/decklog.dev/v1/erasures/${list.json<{ items: { metadata: { name: string } }[] }>().items[0]?.metadata.name}`,
        })
      ).code,
    ).toBe(405);
    expect(await verifyChain(one.opened.log)).toMatchObject({ ok: true });
    expect(await verifyChain(one.opened.log, { anchor: before })).toMatchObject({ ok: true });
  }, 60_000);

  test('is refused while it lives, unless it is to be deleted for it', async () => {
    expect(await decklog('shred', 'secret/db', '--reason', 'test')).toMatchObject({
      code: 1,
      output: expect.stringContaining('it is live: delete it first, or say --force'),
    });
    expect(await passwordAt(one, 'db', head())).toBe(CANARY);
    const then = head();
    expect(await decklog('shred', 'secret/db', '--reason', 'test', '--force')).toMatchObject({ code: 0 });
    expect((await one.ask({ path: `${SECRETS}/db` })).code).toBe(404);
    expect(await passwordAt(one, 'db', then)).toBe('<shredded>');
    expect(await decklog('shred', 'secret/never', '--reason', 'test')).toMatchObject({ code: 1, output: expect.stringContaining('not found') });
    expect(await decklog('shred', 'cm/kube-root-ca.crt', '--reason', 'test')).toMatchObject({ code: 1 });
    expect((await decklog('shred', 'secret/db').catch((error: Error) => ({ output: error.message }))).output).toContain('say why');
  }, 60_000);

  test('may be made again under its name, with a key of its own', async () => {
    await decklog('shred', 'secret/db', '--reason', 'test', '--force');
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, stringData: { password: 'new' } };
    expect((await other.ask({ path: SECRETS, body })).code).toBe(201);
    await one.api.kernel.world.catchUp();
    expect(await passwordAt(one, 'db', head())).toBe('new');
  }, 60_000);

  test('never lay in the clear in the database or in JetStream, before or after', async () => {
    await eventually('JetStream has everything', async () => (await bus.lastRevision()) === head());
    expect(await canaries()).toEqual([]);
    const then = head();
    const { rows } = await one.opened.log.pool.query<{ wrapped: Buffer }>(`SELECT wrapped FROM object_key WHERE name = 'db'`);
    expect(rows).toHaveLength(1);
    await decklog('shred', 'secret/db', '--reason', 'test', '--force');
    expect((await one.opened.log.pool.query(`SELECT 1 FROM object_key WHERE name = 'db'`)).rows).toEqual([]);
    expect(await canaries()).toEqual([]);
    const third = await replica();
    expect(await passwordAt(third, 'db', then)).toBe('<shredded>');
    third.ask.close();
    await third.api.stop();
    await third.opened.close();
  }, 60_000);
});
