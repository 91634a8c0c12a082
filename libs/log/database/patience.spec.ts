import { LogUnavailable } from '#lib/log/log';
import { isPassing, patiently } from './patience';

const failing = (...errors: object[]) => {
  let calls = 0;
  const action = async (): Promise<number> => {
    const error = errors[calls++];
    if (error) throw Object.assign(new Error('failed'), error);
    return calls;
  };
  return action;
};
const refused = { code: 'ECONNREFUSED' };
const starting = { code: '57P03' };

describe('patience with a database', () => {
  test('tries again while it is away or starting', async () => {
    expect(await patiently(failing(refused, { message: 'Connection terminated unexpectedly' }, starting))).toBe(4);
  });

  test('has none with a mistake', async () => {
    await expect(patiently(failing({ code: '42P01' }))).rejects.toMatchObject({ code: '42P01' });
  });

  test('ends after a time, and when nobody waits any more', async () => {
    const away = failing(...Array.from({ length: 100 }, () => refused));
    await expect(patiently(away, () => false, 60)).rejects.toThrow(LogUnavailable);
    await expect(patiently(away, () => true)).rejects.toThrow('the log cannot be reached: failed');
  });

  test('knows its own end as something that passes', () => {
    expect(isPassing(new LogUnavailable(new Error('failed')))).toBe(true);
  });
});
