import type { Head } from '#lib/log/log';
import { healthAnswer, healthMetrics, type Health } from './health';
import { LogProbe } from './log-probe';

const HEAD: Head = { revision: 1, hash: '', at: '' };

const health = (log: () => Promise<Head>, stopping = false): Health => {
  const probe = new LogProbe({ head: log }, 20);
  return { checks: { log: () => probe.check() }, shuttingDown: () => stopping };
};

describe('the health of the server', () => {
  test('is ready while the log answers', async () => {
    expect(
      await healthAnswer(
        health(async () => HEAD),
        'readyz',
        '',
        false,
      ),
    ).toEqual({ code: 200, body: 'ok' });
  });

  test.each([
    ['says no', async () => Promise.reject(new Error('the log cannot be reached')), 'the log cannot be reached'],
    ['says nothing', () => new Promise<Head>(() => undefined), 'the log does not answer within 0.02 s'],
  ])('is not ready when the log %s, but alive', async (_, log, why) => {
    expect(await healthAnswer(health(log), 'readyz', '', false)).toEqual({
      code: 500,
      body: `[+]ping ok\n[-]log failed: ${why}\n[+]shutdown ok\nreadyz check failed\n`,
    });
    expect(await healthAnswer(health(log), 'readyz', 'log', false)).toEqual({ code: 500, body: `internal server error: ${why}\n` });
    expect(await healthAnswer(health(log), 'livez', '', false)).toEqual({ code: 200, body: 'ok' });
  });

  test('does not ask for what is excluded, and says so', async () => {
    const sick = health(async () => Promise.reject(new Error('no')));
    expect(await healthAnswer(sick, 'readyz', '', true, ['log', 'etcd'])).toEqual({
      code: 200,
      body: '[+]ping ok\n[+]log excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "etcd"\nreadyz check passed\n',
    });
  });

  test('is not ready while it stops', async () => {
    const { code, body } = await healthAnswer(
      health(async () => HEAD, true),
      'readyz',
      '',
      false,
    );
    expect([code, body]).toEqual([500, '[+]ping ok\n[+]log ok\n[-]shutdown failed: the server is stopping\nreadyz check failed\n']);
  });

  test('asks the log once for all who ask at the same time', async () => {
    let asked = 0;
    const checked = health(async () => (asked++, HEAD));
    await Promise.all([1, 2, 3].map(() => healthAnswer(checked, 'readyz', '', false)));
    expect(asked).toBe(1);
    await healthAnswer(checked, 'readyz', '', false);
    expect(asked).toBe(2);
  });

  test('counts how its checks come out, those of an endpoint as a whole', async () => {
    let isWell = true;
    const checked: Health = { checks: { books: () => (isWell ? undefined : 'lost') }, shuttingDown: () => false };
    const counted = (): string[] =>
      healthMetrics()
        .split('\n')
        .filter((line) => line.includes('books'));
    await healthAnswer(checked, 'readyz', '', false);
    await healthAnswer(checked, 'readyz', '', false, ['books']);
    await healthAnswer(checked, 'readyz', 'books', false);
    expect(counted()).toEqual([
      'kubernetes_healthcheck{name="books",type="readyz"} 1',
      'kubernetes_healthchecks_total{name="books",status="success",type="readyz"} 1',
    ]);
    isWell = false;
    await healthAnswer(checked, 'readyz', '', false);
    expect(counted()).toEqual([
      'kubernetes_healthcheck{name="books",type="readyz"} 0',
      'kubernetes_healthchecks_total{name="books",status="error",type="readyz"} 1',
      'kubernetes_healthchecks_total{name="books",status="success",type="readyz"} 1',
    ]);
    expect(
      healthMetrics()
        .split('\n')
        .filter((line) => line.startsWith('# TYPE')),
    ).toEqual(['# TYPE kubernetes_healthcheck gauge', '# TYPE kubernetes_healthchecks_total counter']);
  });
});
