import type { APIService } from '#lib/api/apiregistration/apiservice';
import { fromBase64 } from '#lib/api/base64';
import { request, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { dialWords } from './dial-words';
import { wholeBody } from './whole-body';

/** For whom an extension server is asked. */
export interface ForwardedUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The certificate that makes extension servers believe these headers; PEM. */
export interface ProxyCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An answer that was read whole. */
export interface ExtensionAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What the certificate of an extension server must bear: `<service>.<namespace>.svc`. */
export const serverNameOf = ({ spec }: APIService): string => `${spec.service?.name}.${spec.service?.namespace}.svc`;

/** How a connection to an extension server is made. Without a caBundle the machine's own CAs are asked. */
export function tlsOf(
  service: APIService,
  proxy: ProxyCertificate,
): Pick<ConnectionOptions, 'servername' | 'cert' | 'key' | 'ca' | 'rejectUnauthorized'> {
  const { insecureSkipTLSVerify, caBundle } = service.spec;
  return {
    servername: serverNameOf(service),
    cert: proxy.certificate,
    key: proxy.key,
    ...(insecureSkipTLSVerify && { rejectUnauthorized: false }),
    ...(caBundle && { ca: fromBase64(caBundle) }),
  };
}

/** The headers that say for whom it is asked. Mirrors transport.SetAuthProxyHeaders of client-go, also in how keys are escaped. */
export function userHeaders({ name, uid, groups = [], extra = {} }: ForwardedUser): Record<string, string | string[]> {
  const extras = Object.entries(extra).map(([key, values]) => [`x-remote-extra-${escapedKey(key)}`, [...values]] as const);
  return {
    'x-remote-user': name,
    ...(uid && { 'x-remote-uid': uid }),
    ...(groups.length > 0 && { 'x-remote-group': [...groups] }),
    ...Object.fromEntries(extras),
  };
}

/** Letters that a header's name may have stay; all others, and `%`, are written as bytes. */
const escapedKey = (key: string): string =>
  [...Buffer.from(key)]
    .map((byte) =>
      /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');

/** More is no document that is asked for here. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What is asked of an extension server. */
export interface ExtensionQuestion {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Default GET. */
  readonly method?: 'GET' | 'DELETE';
  readonly user: ForwardedUser;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Asks for one document, or for something to be deleted. Rejects with an Error in the words of Go's HTTP client when there is no answer.
 */
export function askExtension(
  service: APIService,
  proxy: ProxyCertificate,
  question: ExtensionQuestion,
  more: RequestOptions = {},
): Promise<ExtensionAnswer> {
  const { host, port, path, method = 'GET', user, headers, timeoutMs } = question;
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  const failed = (why: string): Error => new Error(`${method === 'GET' ? 'Get' : 'Delete'} ${JSON.stringify(url)}: ${why}`);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({
      host,
      port,
      path,
      method,
      ...tlsOf(service, proxy),
      ...more,
      signal,
      headers: { accept: 'application/json', ...headers, ...userHeaders(user) },
    });
    const refuse = (error: Error): void =>
      reject(
        failed(
          signal.aborted
            ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
            : dialWords(error, { host, port, serverName: serverNameOf(service) }),
        ),
      );
    sent.on('error', refuse);
    sent.on('response', (response) => {
      const body = wholeBody(response, MAX_BYTES, () => sent.destroy(new Error('http: response body too large')));
      body.then((bytes) => resolve({ code: response.statusCode ?? 0, headers: response.headers, body: bytes }), refuse);
    });
    sent.end();
  });
}
