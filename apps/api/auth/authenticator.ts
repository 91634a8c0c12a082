import { unauthorized } from '#lib/api/errors';
import type { IncomingHttpHeaders } from 'node:http';
import type { Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { User } from './authorizer';

/** Checks a bearer token. Undefined means: not one of mine. @throws ApiError 401 when it is mine and bad. */
export interface TokenChecker {
  /**
   * Something that must be had before the token can be checked; undefined, which is nearly always, when there is nothing. Never rejects.
   */
  ready?(token: string): Promise<void> | undefined;
  check(token: string): User | undefined;
  /**
   * As `check`, for a token that is to be good for one of `audiences`; answers for which of them. Default: tokens are good for the API
   * server alone. The error's cause says what is wrong with a token of mine.
   */
  checkFor?(token: string, audiences: readonly string[]): Meant | undefined;
}

/** Whose token it is, and for whom of those that were asked about it is good. */
export interface Meant {
  readonly user: User;
  readonly audiences: readonly string[];
}

/** Tells who is asking: a client certificate of the cluster CA, or a bearer token. There are no anonymous users. */
export class Authenticator {
  private readonly sockets = new WeakMap<object, CertificateUser | null>();

  private readonly waiting: readonly TokenChecker[];

  constructor(private readonly checkers: readonly TokenChecker[]) {
    this.waiting = checkers.filter(({ ready }) => ready !== undefined);
  }

  /** What to wait for before `authenticate`. */
  ready({ authorization }: IncomingHttpHeaders): Promise<unknown> | undefined {
    if (this.waiting.length === 0 || authorization === undefined) return undefined;
    const token = tokenIn(authorization);
    const waits = token === undefined ? [] : this.waiting.flatMap((checker) => checker.ready?.(token) ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /** @throws ApiError 401. */
  authenticate(headers: IncomingHttpHeaders, socket: TLSSocket): User {
    const authorization = headers.authorization;
    if (authorization !== undefined) return this.byToken(authorization);
    const user = this.byCertificate(socket);
    if (!user) throw unauthorized();
    return user;
  }

  private byToken(authorization: string): User {
    const token = tokenIn(authorization);
    if (token === undefined) throw unauthorized();
    for (const checker of this.checkers) {
      const user = checker.check(token);
      if (user) return authenticated(user);
    }
    throw unauthorized();
  }

  /**
   * Whose token it is and what it is good for, whoever asks. `own` is the audience that stands for this server.
   * @throws ApiError 401 for a token that is nobody's, or good for none of `audiences`; its cause says more, where there is more to say.
   */
  async inspect(token: string, audiences: readonly string[], own: string): Promise<Meant> {
    await Promise.all(this.waiting.flatMap((checker) => checker.ready?.(token) ?? []));
    for (const checker of this.checkers) {
      const found = checker.checkFor
        ? checker.checkFor(token, audiences)
        : audiences.includes(own) && meantForUs(checker.check(token), own);
      if (found) return { ...found, user: authenticated(found.user) };
    }
    throw unauthorized();
  }

  /** The common name is the user, the organisations are the groups; read once per connection. */
  private byCertificate(socket: TLSSocket): User | null {
    let known = this.sockets.get(socket);
    if (known === undefined) this.sockets.set(socket, (known = certificateUser(socket)));
    return known && known.until > Date.now() ? known.user : null;
  }
}

const tokenIn = (authorization: string): string | undefined => /^bearer +(\S+)$/i.exec(authorization.trim())?.[1];

const meantForUs = (user: User | undefined, own: string): Meant | undefined => user && { user, audiences: [own] };

/** A connection may outlive the certificate that it was opened with. */
interface CertificateUser {
  readonly user: User;
  readonly until: number;
}

function certificateUser(socket: TLSSocket): CertificateUser | null {
  if (!socket.authorized) return null;
  const certificate = socket.getPeerCertificate();
  const subject = certificate?.subject as { CN?: string; O?: string | string[] } | undefined;
  if (!subject?.CN) return null;
  const groups = subject.O === undefined ? [] : [subject.O].flat();
  const extra = {
    'authentication.kubernetes.io/credential-id': [`X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`],
  };
  return { user: authenticated({ name: subject.CN, groups, extra }), until: Date.parse(certificate.valid_to) };
}

function authenticated(user: User): User {
  return user.groups.includes('system:authenticated') ? user : { ...user, groups: [...user.groups, 'system:authenticated'] };
}

/** The TLS socket below a request: HTTP/2 streams share one. */
export function tlsSocketOf(request: { socket: unknown; stream?: { session?: Http2Session } }): TLSSocket {
  return (request.stream?.session?.socket ?? request.socket) as TLSSocket;
}
