import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { IssuedCertificate } from '#lib/pki/certificate';
import { apiServerOnPostgres, type ApiServer } from '../support/api-server';
import type { Asker } from '../support/ask';

/** Clients that break off, stall or talk nonsense: nothing is stored that was not said to its end, and everybody else is served. */

const MAPS = '/api/v1/namespaces/default/configmaps';
const body = (name: string): string => JSON.stringify({ metadata: { name } });

let server: ApiServer;
let admin: IssuedCertificate;
let ask: Asker;
beforeAll(async () => {
  server = await apiServerOnPostgres();
  admin = await server.ca.issueClient({ user: 'admin', groups: ['system:masters'] });
  ask = server.client();
}, 60_000);
afterAll(() => server?.stop());

let before = 0;
beforeEach(() => (before = server.revision()));
/** Everything is as it was, and the next one is served. */
async function nothingHappened(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(server.revision()).toBe(before);
  expect((await ask({ path: MAPS })).code).toBe(200);
}

const tls = (): { host: string; port: number; ca: string; cert: string; key: string } => ({
  host: '127.0.0.1',
  port: server.api.port,
  ca: server.ca.certificate,
  cert: admin.certificate,
  key: admin.key,
});

async function socket(): Promise<TLSSocket> {
  const made = connectTls({ ...tls(), ALPNProtocols: ['http/1.1'] });
  await once(made, 'secureConnect');
  made.on('error', () => undefined);
  return made;
}

/** What comes until `enough` is true of it, or the connection ends. */
async function received(from: TLSSocket, enough: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const chunk of from as AsyncIterable<Buffer>) if (enough((text += chunk.toString()))) break;
  return text;
}

const post = (name: string, more = '', length = body(name).length): string =>
  `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;

describe('HTTP/1.1', () => {
  test('an upload that is broken off is no upload', async () => {
    const one = await socket();
    one.write(`${post('cut')}${body('cut').slice(0, -3)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.destroy();
    await nothingHappened();
  });

  test('YAML that is broken off is no YAML, though it could be', async () => {
    const one = await socket();
    one.write(`POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/yaml\r\nContent-Length: 200\r\n\r\nmetadata:\n  name: half\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.destroy();
    await nothingHappened();
  });

  test('a chunk that never comes is waited for, while others are served', async () => {
    const one = await socket();
    one.write(`POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"met\r\n`);
    await nothingHappened();
    one.destroy();
    await nothingHappened();
  });

  test('a body in many small pieces is one body', async () => {
    const one = await socket();
    one.write(post('pieces'));
    for (const letter of body('pieces')) {
      one.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await received(one, (text) => text.includes('"uid"'))).toMatch(/^HTTP\/1.1 201 /);
    one.destroy();
  });

  test('requests that come all at once are answered one after the other', async () => {
    const one = await socket();
    const names = ['first', 'second', 'third'];
    one.write(
      names.map((name) => post(name) + body(name)).join('') +
        `GET ${MAPS}/second HTTP/1.1\r\nHost: x\r\n\r\nGET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    const text = await received(one, () => false);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 201', 'HTTP/1.1 201', 'HTTP/1.1 201', 'HTTP/1.1 200', 'HTTP/1.1 404']);
    expect(server.revision()).toBe(before + 3);
  });

  test('one that is too large is refused before it has come, and its connection does not block', async () => {
    const one = await socket();
    one.write(post('large', '', 50_000_000));
    one.write('{"data":{"a":"xxxx');
    expect(await received(one, (text) => text.includes('}'))).toContain('Request entity too large: limit is 3145728');
    one.destroy();
    await nothingHappened();
  });

  test('one without an end is refused at 3 MiB', async () => {
    const one = await socket();
    one.write(`POST ${MAPS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = 'x'.repeat(65_536);
    const answer = received(one, (text) => text.includes('RequestEntityTooLarge'));
    for (let i = 0; i < 60; i++) one.write(`10000\r\n${chunk}\r\n`);
    expect(await answer).toContain('limit is 3145728');
    one.destroy();
    await nothingHappened();
  });

  test('huge headers are refused', async () => {
    const one = await socket();
    one.write(`GET ${MAPS} HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`);
    expect(await received(one, (text) => text.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 431 /);
    await nothingHappened();
  });

  test.each([
    ['nonsense', 'hello\r\n\r\n'],
    ['a method that is none', `SING ${MAPS} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a length that is none', `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n`],
    ['two lengths', `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}`],
    ['a length and chunks: somebody smuggles', `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk of a bad size', `POST ${MAPS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a header with a NUL', `GET ${MAPS} HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n`],
  ])('%s ends with 400', async (_, text) => {
    const one = await socket();
    one.write(text);
    expect(await received(one, (got) => got.includes('\r\n\r\n'))).toMatch(/^HTTP\/1.1 400 /);
    await nothingHappened();
  });

  test('no TLS, half a handshake and silence disturb nobody', async () => {
    const made = ['GET / HTTP/1.1\r\n\r\n', Buffer.from([0x16, 3, 1, 0, 200, 1]), ''].map((text) => {
      const one = connect(server.api.port, '127.0.0.1', () => one.write(text));
      one.on('error', () => undefined);
      return one;
    });
    await nothingHappened();
    for (const one of made) one.destroy();
    await nothingHappened();
  });

  test('an absolute target is a path like any other', async () => {
    const one = await socket();
    one.write('GET https://kubernetes/api/v1/namespaces/default HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await received(one, (text) => text.includes('"uid"'))).toMatch(/^HTTP\/1.1 200 /);
    one.destroy();
  });
});

const [DATA, HEADERS, RST_STREAM, SETTINGS] = [0, 1, 3, 4];
const [END_STREAM, END_HEADERS] = [1, 4];

/** Node's own client ends a stream before it resets it; others do not. So: HTTP/2 by hand, with one stream, of number 1. */
async function rawHttp2(): Promise<TLSSocket> {
  const made = connectTls({ ...tls(), ALPNProtocols: ['h2'] });
  await once(made, 'secureConnect');
  made.on('error', () => undefined).resume();
  made.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, Buffer.alloc(0), 0)]));
  return made;
}

function frame(type: number, flags: number, payload: Buffer, stream = 1): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK without any compression. */
const headersFrame = (headers: Record<string, string>): Buffer =>
  frame(
    HEADERS,
    END_HEADERS,
    Buffer.concat(
      Object.entries(headers).flatMap(([name, value]) => [
        Buffer.from([0]),
        ...[name, value].map((text) => Buffer.from(`${String.fromCharCode(text.length)}${text}`)),
      ]),
    ),
  );

describe('HTTP/2', () => {
  let session: ClientHttp2Session;
  beforeEach(async () => {
    session = connectHttp2(`https://127.0.0.1:${server.api.port}`, tls());
    session.on('error', () => undefined);
    await once(session, 'connect');
  });
  afterEach(() => session.destroy());

  const open = (headers: Record<string, string> = {}): ClientHttp2Stream => {
    const stream = session.request({ ':path': MAPS, ':method': 'POST', 'content-type': 'application/json', ...headers });
    stream.on('error', () => undefined);
    return stream;
  };

  test.each([
    ['with CANCEL', 8, 'application/json', body('reset')],
    ['with NO_ERROR', 0, 'application/json', body('reset')],
    ['in the middle', 2, 'application/json', body('reset').slice(0, 9)],
    ['as YAML, of which half is whole', 8, 'application/yaml', 'metadata:\n  name: half\n'],
  ])('a stream that is reset %s is no request, also when all of its body has come', async (_, code, type, text) => {
    const one = await rawHttp2();
    one.write(headersFrame({ ':method': 'POST', ':path': MAPS, ':scheme': 'https', ':authority': 'x', 'content-type': type }));
    one.write(frame(DATA, 0, Buffer.from(text)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.write(frame(RST_STREAM, 0, Buffer.from([0, 0, 0, code])));
    await nothingHappened();
    one.destroy();
  });

  test('the same frames with an end are a request', async () => {
    const one = await rawHttp2();
    one.write(headersFrame({ ':method': 'POST', ':path': MAPS, ':scheme': 'https', ':authority': 'x' }));
    one.write(frame(DATA, END_STREAM, Buffer.from(body('framed'))));
    for (let i = 0; i < 50 && server.revision() === before; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.revision()).toBe(before + 1);
    one.destroy();
  });

  test('a connection that ends in the middle of ten requests leaves none of them behind', async () => {
    for (let i = 0; i < 10; i++) open().write(body(`gone-${i}`));
    await new Promise((resolve) => setTimeout(resolve, 50));
    session.destroy();
    await nothingHappened();
  });

  test('300 streams that are opened and reset at once disturb nobody', async () => {
    for (let i = 0; i < 300; i++) {
      const stream = session.request({ ':path': `${MAPS}?watch=true` });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await nothingHappened();
    expect(server.api.kernel.hub.size).toBe(0);
  });

  test('watches whose clients are gone are forgotten', async () => {
    const streams = Array.from({ length: 20 }, () => session.request({ ':path': `${MAPS}?watch=true` }));
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    expect(server.api.kernel.hub.size).toBe(20);
    session.destroy();
    await nothingHappened();
    expect(server.api.kernel.hub.size).toBe(0);
  });

  test('an answer that nobody reads any more disturbs nobody', async () => {
    const stream = session.request({ ':path': '/openapi/v2' });
    stream.on('error', () => undefined);
    await once(stream, 'response');
    stream.close(constants.NGHTTP2_CANCEL);
    await nothingHappened();
  });

  test('huge headers and methods that are none are refused', async () => {
    const stream = session.request({ ':path': MAPS, 'x-long': 'x'.repeat(200_000) });
    await Promise.race([once(stream, 'response'), once(stream, 'error'), once(stream, 'close')]).catch(() => undefined);
    await nothingHappened();
    const other = server.client(undefined, 'HTTP/2');
    expect([404, 405]).toContain((await other({ path: MAPS, method: 'SING' })).code);
  });
});

test('a write that was complete is stored also when its client does not wait for the answer', async () => {
  const one = await socket();
  one.end(post('impatient') + body('impatient'));
  for (let i = 0; i < 50 && server.revision() === before; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  one.destroy();
  expect(server.revision()).toBe(before + 1);
  expect((await ask({ path: `${MAPS}/impatient` })).code).toBe(200);
});
