import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { issue, type IssuedCertificate, selfSignedCa } from './certificate';
import { newPrivateKey, publicKeyOf } from './keys';
import { createFile, replaceFile } from './private-file';
import { signRequest } from './signing-request';

const DAY_MS = 24 * 60 * 60 * 1000;
const DAY_SECONDS = DAY_MS / 1000;
/** Twice the five minutes that certificates are backdated. */
const MIN_SECONDS = 600;
const CA_DAYS = 3650;
const LEAF_DAYS = 365;

/** A kept certificate is made anew when it has less than this left: a server that is restarted once a month never shows an expired one. */
const RENEW_BEFORE_DAYS = 30;

/** The first address of the service range 10.96.0.0/12: the `kubernetes` service in the namespace `default`. */
export const KUBERNETES_SERVICE_IP = '10.96.0.1';

/** The names and addresses under which clients reach the API server; the wildcard gives each past instant a TLS name of its own. */
export const apiServerNames = (): { dnsNames: string[]; ips: string[] } => ({
  dnsNames: [
    ...new Set([
      'localhost',
      hostname().toLowerCase(),
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
      '*.asof.decklog',
    ]),
  ],
  ips: ['127.0.0.1', '::1', KUBERNETES_SERVICE_IP],
});

/** For a server certificate. */
export interface ServingRequest {
  /** The subject's CN. Default `kube-apiserver`. */
  readonly commonName?: string;
  /** Default: none. */
  readonly dnsNames?: readonly string[];
  /** Default: none. */
  readonly ips?: readonly string[];
  /** Default 365. */
  readonly days?: number;
}

/** For a client certificate: the API server takes the user from CN and the groups from O. */
export interface ClientRequest {
  readonly user: string;
  /** Default: none (the API server adds `system:authenticated`). */
  readonly groups?: readonly string[];
  /** Default 365. */
  readonly days?: number;
}

/**
 * The cluster's certificate authority: `ca.key` (0600) and `ca.crt` in one folder. Its certificate is valid for ten years and is
 * signed anew, with the same key and name, when less than 30 days are left: what it issued before stays valid.
 */
export class ClusterCa {
  private constructor(
    readonly directory: string,
    /** PEM; public. */
    readonly certificate: string,
    private readonly key: string,
  ) {}

  /**
   * Reads the CA of the folder, or makes it when there is none; several processes may do so at once and get the same one.
   * `name` is its CN when it is made. Default `kubernetes`.
   * @throws when ca.crt does not belong to ca.key.
   */
  static async loadOrCreate(directory: string, name = 'kubernetes'): Promise<ClusterCa> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const keyFile = join(directory, 'ca.key');
    const certificateFile = join(directory, 'ca.crt');
    if (!existsSync(keyFile)) createFile(keyFile, newPrivateKey());
    const key = readFileSync(keyFile, 'utf8');
    if (!existsSync(certificateFile)) createFile(certificateFile, await selfSignedCa(name, key, CA_DAYS), 0o644);
    let certificate = readFileSync(certificateFile, 'utf8');
    if (!belongsTo(certificate, key))
      throw new Error(`${certificateFile} does not belong to ${keyFile}: restore one of them, or remove both for a new CA`);
    if (daysLeft(certificate) < RENEW_BEFORE_DAYS) {
      certificate = await selfSignedCa(name, key, CA_DAYS);
      replaceFile(certificateFile, certificate, 0o644);
    }
    return new ClusterCa(directory, certificate, key);
  }

  /** A server certificate for these names. */
  issueServing(request: ServingRequest = {}): Promise<IssuedCertificate> {
    const { commonName = 'kube-apiserver', dnsNames, ips, days = LEAF_DAYS } = request;
    return issue(this.issuer, { commonName, dnsNames, ips, days, usage: 'server' });
  }

  /** A client certificate for this user. */
  issueClient(request: ClientRequest): Promise<IssuedCertificate> {
    const { user, groups, days = LEAF_DAYS } = request;
    return issue(this.issuer, { commonName: user, organizations: groups, days, usage: 'client' });
  }

  /** A certificate for a request of somebody who keeps his key to himself; `seconds` is at most a year, and so it is by default. */
  signRequest(pem: string, usages: readonly string[], seconds = LEAF_DAYS * DAY_SECONDS): Promise<string> {
    return signRequest(this.issuer, pem, usages, Math.min(Math.max(seconds, MIN_SECONDS), LEAF_DAYS * DAY_SECONDS));
  }

  /** The server certificate kept as `<name>.crt` and `<name>.key`; made anew when it expires within 30 days or a name is missing. */
  async keepServing(name: string, request: ServingRequest): Promise<IssuedCertificate> {
    const kept = this.kept(name);
    if (kept && covers(kept.certificate, request)) return kept;
    return this.keep(name, await this.issueServing(request));
  }

  /** The client certificate kept as `<name>.crt` and `<name>.key`; made anew when it expires within 30 days or is another user's. */
  async keepClient(name: string, request: ClientRequest): Promise<IssuedCertificate> {
    const kept = this.kept(name);
    if (kept && speaksFor(kept.certificate, request)) return kept;
    return this.keep(name, await this.issueClient(request));
  }

  private get issuer(): IssuedCertificate {
    return { certificate: this.certificate, key: this.key };
  }

  private keep(name: string, issued: IssuedCertificate): IssuedCertificate {
    replaceFile(join(this.directory, `${name}.key`), issued.key);
    replaceFile(join(this.directory, `${name}.crt`), issued.certificate, 0o644);
    return issued;
  }

  /** Undefined when it is missing, torn (two processes wrote it at once), close to its end or another CA's. */
  private kept(name: string): IssuedCertificate | undefined {
    try {
      const certificate = readFileSync(join(this.directory, `${name}.crt`), 'utf8');
      const key = readFileSync(join(this.directory, `${name}.key`), 'utf8');
      const ours = new X509Certificate(certificate).verify(new X509Certificate(this.certificate).publicKey);
      return ours && belongsTo(certificate, key) && daysLeft(certificate) >= RENEW_BEFORE_DAYS ? { certificate, key } : undefined;
    } catch {
      return undefined;
    }
  }
}

const daysLeft = (certificate: string): number => (Date.parse(new X509Certificate(certificate).validTo) - Date.now()) / DAY_MS;

const belongsTo = (certificate: string, key: string): boolean =>
  new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }).toString() === publicKeyOf(key);

function covers(certificate: string, request: ServingRequest): boolean {
  const parsed = new X509Certificate(certificate);
  const hosts = (request.dnsNames ?? []).every((name) => parsed.checkHost(name.replace(/^\*/, 'x')) !== undefined);
  return hosts && (request.ips ?? []).every((ip) => parsed.checkIP(ip) !== undefined);
}

function speaksFor(certificate: string, request: ClientRequest): boolean {
  const subject = new X509Certificate(certificate).toLegacyObject().subject as { CN?: string; O?: string | string[] };
  const groups = subject.O === undefined ? [] : [subject.O].flat();
  return subject.CN === request.user && JSON.stringify(groups) === JSON.stringify(request.groups ?? []);
}
