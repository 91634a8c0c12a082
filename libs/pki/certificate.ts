import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { importKeys, newPrivateKey, SIGNING } from './keys';

cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

const DAY_MS = 24 * 60 * 60 * 1000;

/** Clocks of machines differ a little: a certificate is valid from five minutes before it was made. */
const BACKDATE_MS = 5 * 60 * 1000;

/** A certificate and the private key that belongs to it, both PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a new certificate shall say. */
export interface CertificateRequest {
  /** The subject's CN: the user name of a client, any name for a server. */
  readonly commonName: string;
  /** The subject's O, once per entry: the groups of a client. Default: none. */
  readonly organizations?: readonly string[];
  readonly usage: 'server' | 'client';
  /** Names a server may be called by; `*.x` stands for one label. Default: none. */
  readonly dnsNames?: readonly string[];
  /** IPv4 and IPv6 addresses a server may be called by. Default: none. */
  readonly ips?: readonly string[];
  /** Validity in days from now; it never outlives the CA's certificate. */
  readonly days: number;
}

/** A CA certificate over `key` (PEM) that signs itself, valid for `days`. Mirrors NewSelfSignedCACert of client-go/util/cert. */
export async function selfSignedCa(commonName: string, key: string, days: number): Promise<string> {
  const keys = await importKeys(key);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: subject(commonName, []),
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A certificate with a fresh EC P-256 key, signed by `issuer` (the CA's certificate and key). */
export async function issue(issuer: IssuedCertificate, request: CertificateRequest): Promise<IssuedCertificate> {
  const ca = new X509Certificate(issuer.certificate);
  const signer = await importKeys(issuer.key);
  const key = newPrivateKey();
  const { publicKey } = await importKeys(key);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    issuer: ca.subjectName,
    subject: subject(request.commonName, request.organizations ?? []),
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Math.min(Date.now() + request.days * DAY_MS, ca.notAfter.getTime())),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: signer.privateKey,
    extensions: [...usageOf(request), ...namesOf(request), await AuthorityKeyIdentifierExtension.create(signer.publicKey)],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key };
}

const usageOf = (request: CertificateRequest): Extension[] => [
  new BasicConstraintsExtension(false, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
  new ExtendedKeyUsageExtension([request.usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
];

function namesOf(request: CertificateRequest): Extension[] {
  const dns = (request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value }));
  const ips = (request.ips ?? []).map((value) => ({ type: 'ip' as const, value }));
  return dns.length + ips.length === 0 ? [] : [new SubjectAlternativeNameExtension([...dns, ...ips])];
}

/** As typed values: in plain texts the library gives commas, quotes and `#` a meaning, so that `x "root"` would become `root`. */
const subject = (commonName: string, organizations: readonly string[]): Name =>
  new Name([...organizations.map((organization) => ({ O: [{ utf8String: organization }] })), { CN: [{ utf8String: commonName }] }]);

/** 127 random bits: positive, and never used twice. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x01;
  return bytes.toString('hex');
}
