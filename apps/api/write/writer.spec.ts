import { Logger } from '@nestjs/common';
import { ConfigMap } from '#lib/api/core/configmap';
import { AppendUnknown, HeadMoved, LogUnavailable } from '#lib/log/log';
import { anApi, type AnApi } from '../testing/an-api';

beforeAll(() => Logger.overrideLogger(false)); // faults are made on purpose here

describe('the writer, when the log stays away', () => {
  let api: AnApi;
  let fail: (error: Error) => void;
  let comesBack: () => void;
  beforeEach(async () => {
    api = await anApi();
    const append = api.log.append.bind(api.log);
    api.log.append = () => new Promise((_, reject) => (fail = reject));
    comesBack = () => (api.log.append = append);
  });

  const create = (name: string): Promise<unknown> =>
    api.create(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }).catch((error: { status: object }) => error.status);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('answers 503 to those whose outcome is not known, and does not ask them to try again', async () => {
    const asked = create('a');
    await turn();
    fail(new AppendUnknown(new Error('gone')));
    expect(await asked).toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
      message: expect.stringContaining('whether the entries were appended is not known'),
    });
    expect(await asked).not.toHaveProperty('details.retryAfterSeconds');
  });

  test('answers 503 to those that waited behind them too, who may try again because nothing of theirs was done', async () => {
    const first = create('a');
    await turn();
    const second = create('b');
    await turn();
    fail(new AppendUnknown(new Error('gone')));
    await first;
    expect(await second).toMatchObject({ code: 503, details: { retryAfterSeconds: 1 } });
  });

  test('asks to try again when not even the append was begun', async () => {
    const asked = create('a');
    await turn();
    fail(new LogUnavailable(new Error('gone')));
    expect(await asked).toMatchObject({ code: 503, details: { retryAfterSeconds: 1 } });
  });

  test('refuses to write when the log has lost what was read from it', async () => {
    const lost = await api.log.head();
    comesBack();
    await create('a');
    api.log.append = () => Promise.reject(new HeadMoved(lost.revision + 1));
    api.log.head = async () => lost;
    const message = `the event log cannot be written: it ends at revision ${lost.revision}, and this server has seen ${lost.revision + 1}. If a backup was restored, start the server again`;
    expect(await create('b')).toMatchObject({ code: 503, message });
  });

  test('learns by itself of an entry that was appended although nobody was told, as soon as the log can be read: watches must not wait for the next write', async () => {
    const shown: string[] = [];
    api.kernel.world.onChange(({ object }) => shown.push(object.metadata.name));
    comesBack();
    const append = api.log.append.bind(api.log);
    api.log.append = async (...batch) => {
      await append(...batch);
      throw new AppendUnknown(new Error('gone'));
    };
    const read = api.log.read.bind(api.log);
    api.log.read = () => {
      throw new LogUnavailable(new Error('gone'));
    };
    expect(await create('a')).toMatchObject({ code: 503 });
    expect(shown).toEqual([]);
    api.log.read = read;
    for (const deadline = Date.now() + 30_000; shown.length === 0 && Date.now() < deadline;) await new Promise((next) => setTimeout(next, 5));
    expect(shown).toEqual(['a']);
  });

  test('goes on when it is back', async () => {
    const asked = create('a');
    await turn();
    fail(new AppendUnknown(new Error('gone')));
    await asked;
    comesBack();
    expect(await create('a')).toMatchObject({ metadata: { name: 'a' } });
  });
});
