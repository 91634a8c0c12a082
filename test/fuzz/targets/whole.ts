import { ConfigMap } from '#lib/api/core/configmap';
import { Pod } from '#lib/api/core/pod/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { MemoryLog } from '#lib/log/memory-log';
import { connect } from 'node:tls';
import { listOf } from '../../../apps/api/read/list';
import { anApi, type AnApi } from '../../../apps/api/testing/an-api';
import { podBody } from '../../bench/bodies';
import { apiServer, type ApiServer } from '../../support/api-server';
import type { Asked, Asker } from '../../support/ask';
import { DEFINITIONS, established } from '../custom';
import { garbled, oddText, pick } from '../generate';
import { onTheWire, queryOf, request } from '../requests';
import { Fault, takesInTime, type Target } from '../target';

/** Ten seconds in which this process ran: when the machine stopped it meanwhile, that is no hang. */
const [HANGS_AFTER_TICKS, TICK_MS] = [100, 100];

/** The answer, or `slow`. */
export async function inTime<T>(answer: Promise<T>): Promise<T | 'slow'> {
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<'slow'>((resolve) => {
    let ticks = 0;
    timer = setInterval(() => ++ticks >= HANGS_AFTER_TICKS && resolve('slow'), TICK_MS);
  });
  return Promise.race([answer, slow]).finally(() => clearInterval(timer));
}

/** What requests are about, besides what they make. */
export async function prepare(ask: Asker): Promise<void> {
  await ask({ path: '/api/v1/namespaces', body: { metadata: { name: 'other' } } });
  for (const namespace of ['default', 'other']) await ask({ path: `/api/v1/namespaces/${namespace}/serviceaccounts`, body: { metadata: { name: 'default' } } });
  for (const definition of DEFINITIONS) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await ask({ path, body: definition });
    const { code, text } = await ask({
      method: 'PATCH',
      path: `${path}/${definition.metadata.name}/status`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status: established(definition) }),
    });
    if (code !== 200) throw new Error(text);
  }
}

/** Whether a client has written something since; the server itself puts back what belongs to it every so often. */
export async function hasNewEntries({ log, revision }: ApiServer, since: number): Promise<boolean> {
  if (revision() === since) return false;
  for await (const entries of log.read({ after: since })) if (entries.some(({ actor }) => actor.userAgent !== 'decklog/api')) return true;
  return false;
}

/** Targets that need a server; it is closed with `close`. */
export class WholeServer {
  private constructor(
    readonly server: ApiServer,
    private readonly api: AnApi,
    /** The same in both protocols. */
    private readonly asks: readonly [Asker, Asker],
  ) {}

  static async start(): Promise<WholeServer> {
    const server = await apiServer(new MemoryLog());
    await prepare(server.client());
    const api = await anApi();
    await api.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
    for (let i = 0; i < 12; i++) {
      await api.create(ConfigMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m-${i}`, labels: { app: i % 2 ? 'web' : 'a' } } });
      await api.create(Pod, JSON.parse(podBody(`p-${i}`)) as object);
    }
    return new WholeServer(server, api, [server.client(undefined, 'HTTP/2'), server.client()]);
  }

  async close(): Promise<void> {
    await this.server.stop();
  }

  targets(): readonly Target[] {
    return [this.requests(), this.lists(), this.wire()];
  }

  /**
   * None may end in a 500, change what is stored in place, or leave an entry when it is refused. One after the other, so that an entry can
   * be told from the entries of others.
   */
  requests(): Target<Asked & { readonly over?: number }> {
    return {
      name: 'requests to a whole server, HTTP/2 and HTTP/1.1',
      share: 2,
      make: (random) => ({ ...request(random), over: random() < 0.8 ? 0 : 1 }),
      run: async (asked) => {
        const before = this.server.revision();
        const answer = await inTime((this.asks[asked.over ?? 0] as Asker)(onTheWire(asked)));
        if (answer === 'slow') throw new Fault(`no answer to ${asked.method ?? 'GET'} ${asked.path}`);
        if (answer.code >= 500 && answer.code !== 504) throw new Fault(`${answer.code} ${answer.text}`);
        if (answer.code >= 400 && (await hasNewEntries(this.server, before))) throw new Fault(`${answer.code}, but it left an entry`);
        return answer.code < 400;
      },
    };
  }

  /** Lists with any options and tokens, also those that an answer gave and somebody garbled. */
  lists(): Target<{ readonly kind: string; readonly query: string; readonly then: string }> {
    const { world, continuations, past } = this.api.kernel;
    return {
      name: 'lists: pages, continue tokens, revisions',
      share: 22,
      make: (random) => {
        const token = Buffer.from(
          JSON.stringify({
            v: pick(random, ['meta.k8s.io/v1', 'x']),
            rv: pick(random, [1, 10, -1, 0, 1e9, 'x', null]),
            start: oddText(random),
            t: pick(random, [0, 1e13, 'x']),
          }),
        );
        const tokens = [token.toString('base64url'), token.toString('base64'), garbled(random, token.toString('base64url')), oddText(random)];
        const then = pick(random, ['', ...tokens, 'again', 'garbled']);
        return {
          kind: pick(random, ['ConfigMap', 'Pod']),
          query: `${queryOf(random, 0.15).slice(1)}&limit=${pick(random, ['1', '2', '5', '100', 'x'])}`,
          then,
        };
      },
      run: ({ kind: name, query: text, then }) =>
        takesInTime(async () => {
          const kind = name === 'Pod' ? Pod : ConfigMap;
          const ask = async (query: URLSearchParams) => listOf(world, { kind, namespace: 'default', query }, continuations);
          const page = await ask(new URLSearchParams(text));
          if (page.objects.length > 12) throw new Fault('more than there is');
          const next = then === 'again' ? page.next : then === 'garbled' ? page.next.slice(1) : then;
          if (next) await ask(new URLSearchParams({ limit: '1', continue: next }));
          if (name === 'Pod') await past.revisionOf(text.slice(0, 10), world.revision);
        }),
    };
  }

  /** Bytes that are hardly HTTP/1.1, with upgrades that nobody offers: an answer that is no 500, or the end of the connection. */
  wire(): Target<{ readonly bytes: string }> {
    return {
      name: 'bytes over TLS: heads, upgrades, lengths',
      share: 0.1,
      make: (random) => {
        const pod = '/api/v1/namespaces/default/pods/a';
        const path = pick(random, [
          '/api/v1/pods',
          `${pod}/exec?command=ls`,
          `${pod}/attach`,
          `${pod}/portforward`,
          `${pod}/proxy/x`,
          '/api/v1/configmaps?watch=1&timeoutSeconds=1',
          '/readyz',
          `/${oddText(random)}`,
        ]);
        const headers = [
          'Upgrade: websocket',
          'Upgrade: SPDY/3.1',
          'Connection: Upgrade',
          'Connection: close',
          'Sec-WebSocket-Key: x',
          'Sec-WebSocket-Version: 13',
          'Sec-WebSocket-Protocol: v5.channel.k8s.io',
          'Transfer-Encoding: chunked',
          'Transfer-Encoding: x',
          'Content-Length: 5',
          'Content-Length: -1',
          'Content-Length: 99999999999',
          'Host: x',
          'Range: bytes=0-',
          'Expect: 100-continue',
          'x: \u0000',
          ' folded',
          ':',
          'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
        ];
        const head = `${pick(random, ['GET', 'POST', 'CONNECT', 'PATCH', 'TRACE', 'x'])} ${path} HTTP/${pick(random, ['1.1', '1.0', '2.0', '9'])}\r\n${headers.filter(() => random() < 0.2).join('\r\n')}\r\n\r\n`;
        return { bytes: random() < 0.7 ? head : garbled(random, head) };
      },
      run: ({ bytes }) => this.sent(bytes),
    };
  }

  private sent(bytes: string): Promise<boolean> {
    const { api, ca } = this.server;
    return new Promise((resolve, reject) => {
      const socket = connect({ port: api.port, host: '127.0.0.1', ca: ca.certificate, ALPNProtocols: ['http/1.1'] });
      const timer = setTimeout(() => end(false), 200); // it waits for more, and so it may
      const end = (taken: boolean, fault?: string): void => {
        clearTimeout(timer);
        socket.destroy();
        if (fault) reject(new Fault(fault));
        else resolve(taken);
      };
      socket.on('secureConnect', () => socket.write(Buffer.from(bytes, 'latin1')));
      socket.once('data', (answer: Buffer) => {
        const code = Number(answer.toString('latin1', 9, 12));
        end(code < 400, code >= 500 && code !== 505 && code !== 501 ? answer.toString('latin1').slice(0, 500) : undefined);
      });
      socket.once('close', () => end(false));
      socket.once('error', () => end(false));
    });
  }
}
