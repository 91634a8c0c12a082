import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { NatsMissing, startNats } from './nats';

describe('an embedded NATS server', () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'decklog-nats-'));
  afterAll(() => rmSync(storeDir, { recursive: true, force: true }));

  const open = (url: string): ReturnType<typeof connect> => {
    const { host, username, password } = new URL(url);
    return connect({ servers: host, user: username, pass: password, reconnect: false });
  };

  test('serves JetStream to those who know the password, and keeps its streams over a restart', async () => {
    const first = await startNats({ storeDir });
    const client = await open(first.url);
    await (await client.jetstreamManager()).streams.add({ name: 'KEPT', subjects: ['kept'] });
    await client.close();
    await expect(connect({ servers: `127.0.0.1:${first.port}`, reconnect: false })).rejects.toThrow(/Authorization/);
    await first.stop();

    const second = await startNats({ storeDir });
    const again = await open(second.url);
    expect((await (await again.jetstreamManager()).streams.info('KEPT')).config.subjects).toEqual(['kept']);
    await again.close();
    await second.stop();
    expect(() => process.kill(second.pid, 0)).toThrow();
  });

  test('ends a server that a killed process left on the same folder', async () => {
    const left = await startNats({ storeDir });
    const next = await startNats({ storeDir });
    expect(() => process.kill(left.pid, 0)).toThrow();
    await next.stop();
  });

  test('says how to install what is missing', async () => {
    await expect(startNats({ storeDir, binary: '/nowhere/nats-server' })).rejects.toThrow(NatsMissing);
    await expect(startNats({ storeDir, binary: '/nowhere/nats-server' })).rejects.toThrow(/apt-get install nats-server/);
  });
});
