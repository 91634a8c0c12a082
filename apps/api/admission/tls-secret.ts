import { Secret } from '#lib/api/core/secret';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { AdmissionPlugin } from './plugin';

/** A certificate and its key. */
const TLS = 'kubernetes.io/tls';
const BEGIN = /-----BEGIN ([^-\n]+)-----\r?\n/g;

/**
 * Warns of a TLS Secret whose key and certificate are none, or do not belong together; it is stored all the same. Mirrors warningsForSecret
 * of the strategy.
 */
export const tlsSecret: AdmissionPlugin = {
  name: 'TlsSecret',

  settle({ kind, object, operation, warnings }) {
    if (kind !== Secret || operation === 'DELETE') return;
    const { type, data = {} } = object as Secret;
    if (type !== TLS) return;
    const problem = pairProblem(textOf(data['tls.crt']), textOf(data['tls.key']));
    if (problem !== undefined) warnings.push(problem);
  },
};

const textOf = (base64 = ''): string => Buffer.from(base64, 'base64').toString('latin1');

/** What is wrong with the pair, in the words of Go's crypto/tls.X509KeyPair; undefined when it can serve. */
export function pairProblem(certificate: string, key: string): string | undefined {
  const [certificates, keys] = [blocksOf(certificate), blocksOf(key)];
  const leaf = certificates.find(({ type }) => type === 'CERTIFICATE');
  if (!leaf) return noCertificate(certificates.map(({ type }) => type));
  const secret = keys.find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'));
  if (!secret) return noKey(keys.map(({ type }) => type));
  const x509 = parsed(() => new X509Certificate(leaf.text));
  if (!x509) return 'x509: malformed certificate';
  const privateKey = parsed(() => createPrivateKey(secret.text));
  if (!privateKey) return 'tls: failed to parse private key';
  if (privateKey.asymmetricKeyType !== x509.publicKey.asymmetricKeyType) return 'tls: private key type does not match public key type';
  return x509.checkPrivateKey(privateKey) ? undefined : 'tls: private key does not match public key';
}

function noCertificate(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in certificate input';
  const [first = ''] = types;
  if (types.length === 1 && first.endsWith('PRIVATE KEY')) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

function noKey(types: readonly string[]): string {
  if (types.length === 0) return 'tls: failed to find any PEM data in key input';
  if (types.length === 1 && types[0] === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${types.join(' ')}]`;
}

/** In one pass, as the text may be a megabyte of beginnings. */
function blocksOf(text: string): { type: string; text: string }[] {
  const blocks: { type: string; text: string }[] = [];
  const begin = new RegExp(BEGIN);
  for (let found = begin.exec(text); found; found = begin.exec(text)) {
    const type = found[1] ?? '';
    const end = text.indexOf('-----END ', begin.lastIndex);
    if (end < 0) break;
    begin.lastIndex = end;
    const ending = `-----END ${type}-----`;
    if (text.startsWith(ending, end)) blocks.push({ type, text: text.slice(found.index, end + ending.length) });
  }
  return blocks;
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
