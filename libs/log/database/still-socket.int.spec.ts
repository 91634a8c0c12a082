import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { stillSocket, stillStreams, type StillSocket } from './still-socket';

describe('a connection that reads into the same memory', () => {
  let server: Server;
  let socket: StillSocket;
  let other: Socket;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = stillSocket();
    const accepted = once(server, 'connection');
    socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
    [other] = (await accepted) as [Socket];
  });
  afterEach(async () => {
    socket.destroy();
    other.destroy();
    await new Promise((done) => server.close(done));
  });

  const heard = async (sent: string): Promise<Buffer> => {
    const data = once(socket, 'data') as Promise<[Buffer]>;
    other.write(sent);
    return (await data)[0];
  };

  test('leaves what was heard to who keeps it', async () => {
    const first = await heard('one');
    expect((await heard('two')).toString()).toBe('two');
    expect(first.toString()).toBe('one');
  }, 30_000);

  test('uses it again when it was only borrowed', async () => {
    socket.isBorrowed = true;
    const first = await heard('one');
    await heard('two');
    expect(first.toString()).toBe('two');
  }, 30_000);

  test('ends when the other side does', async () => {
    const closed = once(socket, 'close');
    other.end();
    await closed;
  }, 30_000);
});

test('an encrypted connection has another stream', () => {
  expect(stillStreams('postgres://u:p@h:1/d?sslmode=require')).toEqual({});
  expect(stillStreams('postgres://u:p@h:1/d')).toEqual({ stream: stillSocket });
});
