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
  PemConverter,
  Pkcs10CertificateRequest,
  type SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { IssuedCertificate } from './certificate';
import { importKeys, SIGNING } from './keys';

cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

/** What somebody wants in a certificate: what his PKCS #10 request says. */
export interface SigningRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

/** What a request (PEM) says. @throws when it is none, in upstream's words where there are. Mirrors pkg/apis/certificates.ParseCSR. */
export function readRequest(pem: string): SigningRequest {
  const request = parsed(pem);
  const subject = request.subjectName.toJSON();
  const of = (field: string): string[] => subject.flatMap((part) => part[field] ?? []);
  const names = namesOf(request)?.names.items ?? [];
  const named = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    commonName: of('CN').at(-1) ?? '',
    organizations: of('O'),
    dnsNames: named('dns'),
    ips: named('ip'),
    emails: named('email'),
    uris: named('url'),
  };
}

/** Whether whoever made the request holds its key. */
export async function isSelfSigned(pem: string): Promise<boolean> {
  return parsed(pem)
    .verify()
    .catch(() => false);
}

function parsed(pem: string): Pkcs10CertificateRequest {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/.exec(pem);
  if (block?.[1] !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const [der] = PemConverter.decode(block[0]);
  return new Pkcs10CertificateRequest(der as ArrayBuffer);
}

/** subjectAltName. */
const namesOf = (request: Pkcs10CertificateRequest): SubjectAlternativeNameExtension | null =>
  request.getExtension('2.5.29.17') as SubjectAlternativeNameExtension | null;

const MINUTE_MS = 60_000;
/** Clocks of machines differ a little. */
const BACKDATE_MS = 5 * MINUTE_MS;
/** The end of certificates that live shorter is not moved: five minutes would be much of their life. */
const SHORT_MS = 8 * 60 * MINUTE_MS;

/**
 * A certificate (PEM) for the key, the subject and the names of the request, signed by `issuer`, which it never outlives. `usages` are
 * those of certificates.k8s.io. @throws for a usage that is none. Mirrors pkg/controller/certificates/authority.
 */
export async function signRequest(issuer: IssuedCertificate, pem: string, usages: readonly string[], seconds: number): Promise<string> {
  const request = parsed(pem);
  const ca = new X509Certificate(issuer.certificate);
  const signer = await importKeys(issuer.key);
  const now = Date.now();
  const end = now + 1000 * seconds - (1000 * seconds < SHORT_MS ? 0 : BACKDATE_MS);
  const names = namesOf(request);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    issuer: ca.subjectName,
    subject: request.subjectName,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(Math.min(end, ca.notAfter.getTime())),
    signingAlgorithm: SIGNING,
    publicKey: request.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      ...usageExtensions(usages),
      new BasicConstraintsExtension(false, undefined, true),
      ...(names ? [names] : []),
      await AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

const KEY_USAGES: Readonly<Record<string, KeyUsageFlags>> = {
  signing: KeyUsageFlags.digitalSignature,
  'digital signature': KeyUsageFlags.digitalSignature,
  'content commitment': KeyUsageFlags.nonRepudiation,
  'key encipherment': KeyUsageFlags.keyEncipherment,
  'key agreement': KeyUsageFlags.keyAgreement,
  'data encipherment': KeyUsageFlags.dataEncipherment,
  'cert sign': KeyUsageFlags.keyCertSign,
  'crl sign': KeyUsageFlags.cRLSign,
  'encipher only': KeyUsageFlags.encipherOnly,
  'decipher only': KeyUsageFlags.decipherOnly,
};

const EXTENDED_USAGES: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': ExtendedKeyUsage.serverAuth,
  'client auth': ExtendedKeyUsage.clientAuth,
  'code signing': ExtendedKeyUsage.codeSigning,
  'email protection': ExtendedKeyUsage.emailProtection,
  's/mime': ExtendedKeyUsage.emailProtection,
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: ExtendedKeyUsage.timeStamping,
  'ocsp signing': ExtendedKeyUsage.ocspSigning,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

function usageExtensions(usages: readonly string[]): Extension[] {
  const unknown = usages.filter((usage) => !(usage in KEY_USAGES) && !(usage in EXTENDED_USAGES));
  if (unknown.length > 0) throw new Error(`unrecognized usage values: ${JSON.stringify(unknown)}`);
  const flags = usages.reduce((sum, usage) => sum | (KEY_USAGES[usage] ?? 0), 0);
  const extended = [...new Set(usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []))];
  return [
    ...(flags ? [new KeyUsagesExtension(flags, true)] : []),
    ...(extended.length > 0 ? [new ExtendedKeyUsageExtension(extended)] : []),
  ];
}

/** 127 random bits: positive, and never used twice. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x01;
  return bytes.toString('hex');
}
