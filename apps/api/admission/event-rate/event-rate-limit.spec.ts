import { Event } from '#lib/api/core/event';
import { anApi, type AnApi } from '../../testing/an-api';
import { eventLimitsIn, type EventLimit } from './configuration';
import { eventRateLimit, limitEvents } from './event-rate-limit';

let names = 0;
const event = (about = 'web', namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `e-${names++}`, namespace },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: about },
  reason: 'Seen',
  type: 'Normal',
});

describe('Events that come fast', () => {
  let api: AnApi;
  let now: number;
  beforeEach(async () => {
    api = await anApi();
    now = 0;
  });
  const limited = (...limits: EventLimit[]): void => limitEvents(api.kernel.world, limits, () => now);
  const write = (about?: string, namespace?: string): Promise<Event> => api.create<Event>(Event, event(about, namespace));
  const refused = (type: string, key: string) => ({
    code: 429,
    reason: 'TooManyRequests',
    message: `Too many requests: limit reached on type ${type} for key ${key}`,
  });

  test('are all taken when nobody says otherwise', async () => {
    await expect(Promise.all(Array.from({ length: 50 }, () => write()))).resolves.toHaveLength(50);
  });

  test('are refused beyond the burst, and taken again as time passes', async () => {
    limited({ type: 'Server', qps: 2, burst: 3 });
    for (let i = 0; i < 3; i++) await write();
    await expect(write()).rejects.toMatchObject(refused('Server', ''));
    now = 400;
    await expect(write()).rejects.toMatchObject({ code: 429 });
    now = 600;
    await write();
    await expect(write()).rejects.toMatchObject({ code: 429 });
    now = 60_000;
    for (let i = 0; i < 3; i++) await write();
    await expect(write()).rejects.toMatchObject({ code: 429 });
  });

  test.each([
    ['Namespace', 'default', () => write('web', 'kube-system')],
    ['SourceAndObject', 'Poddefaultwebv1', () => write('other')],
  ] as const)('are told apart by %s', async (type, key, another) => {
    limited({ type, qps: 1, burst: 1 });
    await write();
    await expect(write()).rejects.toMatchObject(refused(type, key));
    await another();
  });

  test('are told apart by user, and updates count as well; other kinds, deletes and events.k8s.io do not', async () => {
    limited({ type: 'User', qps: 1, burst: 1 });
    const made = await write();
    await expect(api.update(Event, { ...made, reason: 'Changed' } as Event)).rejects.toMatchObject(refused('User', 'alice'));
    await api.remove(Event, 'default', made.metadata.name);
    const asked = { kind: Event, operation: 'CREATE', user: { name: 'alice' }, object: event() };
    const settle = (more: object) => () => eventRateLimit.settle!({ ...asked, ...more } as never, { world: api.kernel.world } as never);
    expect(settle({})).toThrow('limit reached on type User for key alice');
    expect(settle({ user: { name: 'bob' } })).not.toThrow();
    expect(settle({ view: {} })).not.toThrow();
  });

  test('are counted for those who wrote last, when there are more than a limit keeps count of', async () => {
    limited({ type: 'SourceAndObject', qps: 1, burst: 1, cacheSize: 2 });
    for (const about of ['a', 'b', 'c', 'a']) await write(about);
    await expect(write('c')).rejects.toMatchObject({ code: 429 });
  });
});

describe('the admission configuration', () => {
  const LIMITS = 'limits: [{type: Namespace, qps: 50, burst: 100, cacheSize: 2000}]';
  const files = (contents: Record<string, string>) => (name: string) => contents[name] ?? `unread: ${name}`;
  const from = (main: string, more: Record<string, string> = {}) =>
    eventLimitsIn('/etc/a.yaml', files({ '/etc/a.yaml': `kind: AdmissionConfiguration\n${main}`, ...more }));

  test('holds the limits, or names the file that does', () => {
    const limits = [{ type: 'Namespace', qps: 50, burst: 100, cacheSize: 2000 }];
    expect(from(`plugins: [{name: EventRateLimit, configuration: {${LIMITS}}}]`)).toEqual(limits);
    expect(from('plugins: [{name: EventRateLimit, path: limits.yaml}]', { '/etc/limits.yaml': LIMITS })).toEqual(limits);
    expect(from('plugins: []')).toEqual([]);
  });

  test.each([
    ['plugins: [{name: Other}]', 'a plugin "Other", which takes none'],
    ['plugins: [{name: EventRateLimit}]', 'limits: must not be empty'],
    [
      'plugins: [{name: EventRateLimit, configuration: {limits: [{type: Odd, qps: 0, burst: -1, cacheSize: -1}]}}]',
      'limits[0].type: Unsupported value: "Odd": supported values: "Namespace", "Server", "SourceAndObject", "User"; limits[0].burst: Invalid value: -1: must be positive; limits[0].qps: Invalid value: 0: must be positive; limits[0].cacheSize: Invalid value: -1: must not be negative',
    ],
  ])('is refused at the start: %s', (text, why) => {
    expect(() => from(text)).toThrow(why);
  });

  test('must be one', () => {
    expect(() => eventLimitsIn('x', () => 'kind: Other')).toThrow('must say `kind: AdmissionConfiguration`');
  });
});
