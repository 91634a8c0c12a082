import { register } from 'prom-client';
import { MemoryRequestLog, type RequestLog, type RequestRecord } from '#lib/log/request-log';
import { AuditTrail } from './trail';

const aRecord = (id: string): RequestRecord => ({
  id,
  at: '2026-01-31T12:00:00.000Z',
  took_ms: 1,
  level: 'Metadata',
  user_name: 'alice',
  groups: [],
  verb: 'create',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: '',
  path: '/',
  code: 201,
  verdict: 'allowed',
  revision: 1,
});
const counter = async (name: string): Promise<number> => (await register.getSingleMetric(name)?.get())?.values[0]?.value ?? 0;

describe('the audit trail', () => {
  test('writes in the background, in batches and in order', async () => {
    const batches: number[] = [];
    const log = new MemoryRequestLog();
    const trail = new AuditTrail({
      ...log,
      write: async (records: readonly RequestRecord[]) => (batches.push(records.length), log.write(records)),
    } as RequestLog);
    for (let i = 0; i < 2_500; i++) trail.add(aRecord(String(i)));
    expect(batches).toEqual([]);
    await trail.flush();
    expect(batches).toEqual([1_000, 1_000, 500]);
    expect((await log.newest({ limit: 2 })).map(({ id }) => id)).toEqual(['2499', '2498']);
    await trail.close();
  });

  test('while the database is away it keeps what it can, counts what it cannot, and goes on after', async () => {
    const log = new MemoryRequestLog(20_000);
    let away = true;
    const trail = new AuditTrail({
      ...log,
      write: (records: readonly RequestRecord[]) => (away ? Promise.reject(new Error('away')) : log.write(records)),
    } as RequestLog);
    const before = await counter('decklog_audit_dropped_total');
    for (let i = 0; i < 10_007; i++) trail.add(aRecord(String(i)));
    await trail.flush();
    expect((await counter('decklog_audit_dropped_total')) - before).toBe(7);
    away = false;
    await trail.close();
    expect(await log.newest({ limit: 20_000 })).toHaveLength(10_000);
  });
});
