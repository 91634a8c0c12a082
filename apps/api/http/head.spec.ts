import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { announce, announcedOf, writeHead } from './head';

let server: Server;
afterEach(() => server.close());

async function answered(respond: Parameters<typeof createServer>[1]): Promise<Response> {
  server = createServer(respond as never);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

describe('the head of an answer', () => {
  it('has what was announced before the answer was known, from whoever announced it', async () => {
    const { headers } = await answered((_, response) => {
      announce(response, { 'audit-id': 'one' });
      announce(response, { 'x-flow': 'two' });
      writeHead(response, 200, { 'content-type': 'text/plain' });
      response.end();
    });
    expect([headers.get('audit-id'), headers.get('x-flow'), headers.get('content-type')]).toEqual(['one', 'two', 'text/plain']);
  });

  it('says each thing once: the answer goes before what is said otherwise, and before what was announced', async () => {
    const { headers } = await answered((_, response) => {
      announce(response, { 'audit-id': 'announced' });
      writeHead(response, 200, { 'audit-id': 'answered', 'cache-control': 'public' }, { 'cache-control': 'no-cache', 'content-type': 'text/plain' });
      response.end();
    });
    expect([headers.get('audit-id'), headers.get('cache-control'), headers.get('content-type')]).toEqual(['answered', 'public', 'text/plain']);
  });

  it('keeps several values of one header apart', async () => {
    const { headers } = await answered((_, response) => {
      writeHead(response, 200, { warning: ['299 - "one"', '299 - "two"'] });
      response.end();
    });
    expect(headers.get('warning')).toBe('299 - "one", 299 - "two"');
  });

  it('can be asked for what was announced', async () => {
    const told: (string | undefined)[] = [];
    await answered((_, response) => {
      announce(response, { 'audit-id': 'one' });
      told.push(announcedOf(response, 'audit-id'), announcedOf(response, 'x-flow'));
      response.end();
    });
    expect(told).toEqual(['one', undefined]);
  });
});
