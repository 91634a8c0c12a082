import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anEvent } from '#lib/log/log.contract';
import type { NewEvent } from '#lib/log/log';
import { openLog, type OpenLog } from '#lib/log/open-log';
import { PostgresLog } from '#lib/log/postgres-log';
import { freshDatabase } from '../test/support/database';

const START = Date.parse('2026-01-31T12:00:00.000Z');

/** One pod at one second. */
interface Moment {
  readonly second: number;
  readonly name: string;
  readonly phase?: string;
  readonly type?: NewEvent['type'];
  readonly more?: object;
}

describe('SQL over history', () => {
  let opened: OpenLog;
  let log: PostgresLog;
  let drop: () => Promise<void>;
  const clock = { now: START };
  const query = async (sql: string): Promise<Record<string, unknown>[]> => (await opened.log.pool.query(sql)).rows as Record<string, unknown>[];

  beforeAll(async () => {
    const database = await freshDatabase();
    opened = await openLog({ url: database.url });
    log = new PostgresLog(opened.log.pool, { now: () => clock.now });
    drop = async () => {
      await log.close();
      await opened.close();
      await database.drop();
    };
    const containerStatuses = [{ restartCount: 2 }, { restartCount: 1 }];
    await write(
      { second: 0, name: 'a', type: 'ADDED', phase: 'Pending' },
      { second: 1, name: 'b', type: 'ADDED', phase: 'Pending' },
      { second: 3, name: 'a', phase: 'Pending' },
      { second: 4, name: 'a', phase: 'Running', more: { conditions: [{ type: 'Ready', status: 'True' }], podIP: '10.0.0.7', containerStatuses } },
      { second: 6, name: 'b', phase: 'Running' },
      { second: 9, name: 'b', phase: 'Running', type: 'DELETED' },
      { second: 20, name: 'b', phase: 'Pending', type: 'ADDED' },
    );
  });
  afterAll(() => drop());

  async function write(...moments: Moment[]): Promise<void> {
    for (const { second, name, type = 'MODIFIED', phase, more } of moments) {
      clock.now = START + second * 1000;
      const { revision } = await log.head();
      const uid = `uid-${name}-${second >= 20 ? 2 : 1}`;
      const ownerReferences = [{ kind: 'ReplicaSet', name: 'web', controller: true }];
      const object = { metadata: { name, uid, ownerReferences }, spec: { nodeName: 'n1' }, status: { phase, ...more } };
      await log.append(revision, [anEvent(revision + 1, { type, resource: 'pods', name, uid, object: JSON.stringify(object) })]);
    }
  }

  test('tells what was, by revision, by time and by either as text', async () => {
    const at = (moment: string) => query(`SELECT name, phase, node, ready, restarts, ip, owner, revision FROM k8s.pods_asof(${moment}) ORDER BY name`);
    const running = { name: 'a', phase: 'Running', node: 'n1', ready: true, restarts: '3', ip: '10.0.0.7', owner: 'ReplicaSet/web', revision: '4' };
    expect(await at('4')).toMatchObject([running, { name: 'b', phase: 'Pending', ready: false, restarts: '0', ip: null }]);
    for (const moment of [`'4'`, `timestamptz '2026-01-31 12:00:05Z'`, `'2026-01-31T12:00:05Z'`, `'2026-01-31T12:00:04.000Z'`])
      expect(await at(moment)).toEqual(await at('4'));
    expect(await at('0')).toEqual([]);
    expect((await at('6')).map(({ name }) => name)).toEqual(['a']);
    expect(await query(`SELECT count(*) FROM k8s.objects_asof(now(), 'pods')`)).toEqual([{ count: '2' }]);
    expect(await query(`SELECT count(*) FROM k8s.objects_asof('now', 'configmaps')`)).toEqual([{ count: '0' }]);
  });

  test('finds the same revision for a time as the log does', async () => {
    for (const second of [-1, 0, 2, 3, 8.999, 9, 100]) {
      const time = new Date(START + second * 1000);
      expect(await query(`SELECT k8s.revision_at('${time.toISOString()}')::int AS revision`)).toEqual([{ revision: await log.revisionAt(time) }]);
    }
  });

  test('knows how long each pod was in each phase, as a scan of the entries finds it', async () => {
    const phases = await query(
      `SELECT uid, phase, extract(epoch FROM lower(valid))::float8 AS since, extract(epoch FROM upper(valid))::float8 AS until FROM k8s.pod_phase ORDER BY uid, revision`,
    );
    const seconds = (epoch: unknown): number | null => (epoch === null ? null : Number(epoch) - START / 1000);
    expect(phases.map(({ uid, phase, since, until }) => [uid, phase, seconds(since), seconds(until)])).toEqual([
      ['uid-a-1', 'Pending', 0, 4],
      ['uid-a-1', 'Running', 4, null],
      ['uid-b-1', 'Pending', 1, 6],
      ['uid-b-1', 'Running', 6, 9],
      ['uid-b-2', 'Pending', 20, null],
    ]);
    expect(await query(`SELECT extract(epoch FROM avg(upper(valid) - lower(valid)))::float8 AS seconds FROM k8s.pod_phase WHERE phase = 'Pending'`)).toEqual([
      { seconds: 4.5 },
    ]);
  });

  test('gives every version the time in which it was the current one', async () => {
    const rows = await query(
      `SELECT revision::int, changed_by, verb, extract(epoch FROM upper(valid) - lower(valid))::int AS seconds FROM k8s.versions WHERE resource = 'pods' AND name = 'a' ORDER BY revision`,
    );
    expect(rows.map(({ revision, seconds }) => [revision, seconds])).toEqual([
      [1, 3],
      [3, 1],
      [4, null],
    ]);
    expect(rows[0]).toMatchObject({ changed_by: 'alice', verb: 'create' });
  });

  const page = readFileSync(join(__dirname, 'README.md'), 'utf8');
  test.each([...page.matchAll(/```sql\n([^`]*)```/g)].map(([, sql = '']) => [sql.split('\n')[0], sql]))('README.md: %s', async (_, sql) => {
    await expect(query(sql as string)).resolves.toBeInstanceOf(Array);
  });
});
