import { request as httpsRequest } from 'node:https';
import { connect } from 'node:http2';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuedCertificate } from '#lib/pki/certificate';
import type { Protocol } from './ask';

/** One line of a watch. */
export interface WatchEvent {
  readonly type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into whatever comes
  readonly object: any;
}

/** An open watch, or the answer that there is none. */
export interface Watcher {
  readonly code: number;
  readonly contentType: string;
  /** Everything so far. */
  readonly events: readonly WatchEvent[];
  /** Waits for that many in all. @throws when they do not come within two seconds. */
  upTo(count: number): Promise<readonly WatchEvent[]>;
  /** Resolves when the server ends it. */
  readonly ended: Promise<void>;
  close(): void;
}

export async function watcher(
  server: { port: number; ca: string; identity: IssuedCertificate },
  protocol: Protocol,
  path: string,
  headers: Record<string, string> = {},
): Promise<Watcher> {
  const { stream, code, contentType, close } = await (protocol === 'HTTP/2' ? overHttp2 : overHttp1)(server, path, headers);
  const events: WatchEvent[] = [];
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line) as WatchEvent);
  });
  stream.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => stream.once('close', resolve).once('end', resolve));
  const upTo = async (count: number): Promise<readonly WatchEvent[]> => {
    for (let i = 0; i < 200 && events.length < count; i++) await sleep(10);
    if (events.length < count) throw new Error(`${events.length} events instead of ${count}: ${JSON.stringify(events)}`);
    await sleep(20); // whatever comes too much
    return events;
  };
  return { code, contentType, events, upTo, ended, close };
}

interface Opened {
  readonly stream: Readable;
  readonly code: number;
  readonly contentType: string;
  close(): void;
}

type Server = Parameters<typeof watcher>[0];

function overHttp1({ port, ca, identity }: Server, path: string, headers: Record<string, string>): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ host: '127.0.0.1', port, ca, cert: identity.certificate, key: identity.key, path, headers, agent: false }, (response) =>
      resolve({ stream: response, code: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', close: () => response.destroy() }),
    );
    sent.on('error', reject);
    sent.end();
  });
}

function overHttp2({ port, ca, identity }: Server, path: string, headers: Record<string, string>): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const session = connect(`https://127.0.0.1:${port}`, { ca, cert: identity.certificate, key: identity.key });
    session.on('error', reject);
    const stream = session.request({ ':path': path, ...headers });
    stream.on('error', reject);
    stream.on('close', () => session.close());
    stream.on('response', (got) => resolve({ stream, code: Number(got[':status']), contentType: String(got['content-type']), close: () => session.destroy() }));
  });
}
