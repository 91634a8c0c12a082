import { once } from 'node:events';
import { createServer, get, Agent, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connections } from './connections';

describe('the connections of a server that stops', () => {
  let server: Server;
  let connections: Connections;
  let answers: ServerResponse[];
  const agent = new Agent({ keepAlive: true });
  beforeEach(async () => {
    answers = [];
    server = createServer((_, response) => answers.push(response));
    connections = new Connections(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => server.close());
  afterAll(() => agent.destroy());

  const ask = async (): Promise<{ answer: Promise<string>; response: ServerResponse }> => {
    const sent = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent });
    const answer = once(sent, 'response').then(async ([message]: IncomingMessage[]) => {
      let text = '';
      for await (const chunk of message as IncomingMessage) text += String(chunk);
      return text;
    });
    answer.catch(() => undefined);
    const before = answers.length;
    while (answers.length === before) await new Promise((next) => setTimeout(next, 5));
    return { answer, response: answers.at(-1) as ServerResponse };
  };

  test('ends what streams as if its time were up, and all connections', async () => {
    const { answer, response } = await ask();
    response.writeHead(200).write('first\n');
    await new Promise((next) => setTimeout(next, 20));
    const start = Date.now();
    await connections.end();
    expect(await answer).toBe('first\n');
    expect(Date.now() - start).toBeLessThan(4_000); // an idle connection would be kept for five seconds
    expect(await new Promise((done) => server.getConnections((_, count) => done(count)))).toBe(0);
  });

  test('waits for answers that are on their way', async () => {
    const { answer, response } = await ask();
    setTimeout(() => response.end('written'), 100);
    await connections.end();
    expect(await answer).toBe('written');
  });

  test('does not wait for ever', async () => {
    const { answer } = await ask();
    await connections.end(50);
    await expect(answer).rejects.toThrow('socket hang up');
  });

  test('closes connections on which nothing happens', async () => {
    const { answer, response } = await ask();
    response.end('done');
    await answer;
    await connections.end();
    expect(await new Promise((done) => server.getConnections((_, count) => done(count)))).toBe(0);
  });
});
