import { Secret } from '#lib/api/core/secret';
import { toBase64 } from '#lib/api/base64';
import { selfSignedCa } from '#lib/pki/certificate';
import { generateKeyPairSync } from 'node:crypto';
import type { AdmissionRequest } from './plugin';
import { pairProblem, tlsSecret } from './tls-secret';

const pem = (type: string): string => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;

interface Pair {
  certificate: string;
  key: string;
}

async function pair(name: string): Promise<Pair> {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key, certificate: await selfSignedCa(name, key, 1) };
}

describe('a Secret with a certificate and a key', () => {
  let one: Pair;
  let other: Pair;
  beforeAll(async () => void ([one, other] = await Promise.all([pair('one'), pair('other')])));

  test('is fine when they belong together, also with more certificates and text around them', () => {
    expect(pairProblem(one.certificate, one.key)).toBeUndefined();
    expect(pairProblem(`a chain\n${one.certificate}${other.certificate}`, `the key\n${one.key}`)).toBeUndefined();
  });

  test('is not when they do not', () => {
    expect(pairProblem(one.certificate, other.key)).toBe('tls: private key does not match public key');
  });

  test.each([
    ['x', 'y', 'tls: failed to find any PEM data in certificate input'],
    [
      pem('EC PRIVATE KEY'),
      'y',
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    ],
    [pem('A') + pem('B'), 'y', 'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [A B]'],
    [pem('CERTIFICATE'), '', 'tls: failed to find any PEM data in key input'],
    [pem('CERTIFICATE'), pem('CERTIFICATE'), 'tls: found a certificate rather than a key in the PEM for the private key'],
    [
      pem('CERTIFICATE'),
      pem('PUBLIC KEY'),
      'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [PUBLIC KEY]',
    ],
    [pem('CERTIFICATE'), pem('PRIVATE KEY'), 'x509: malformed certificate'],
  ])('says what is wrong with %j and %j', (certificate, key, problem) => {
    expect(pairProblem(certificate, key)).toBe(problem);
  });

  test('is told of a key that is none', () => {
    expect(pairProblem(one.certificate, pem('PRIVATE KEY'))).toBe('tls: failed to parse private key');
  });

  test('a warning is given for the type that holds such a pair, and for no other', () => {
    const warned = (type: string): string[] => {
      const warnings: string[] = [];
      const object = { type, data: { 'tls.crt': toBase64('x'), 'tls.key': toBase64('y') } };
      tlsSecret.settle?.({ kind: Secret, operation: 'CREATE', object, warnings } as unknown as AdmissionRequest, undefined as never);
      return warnings;
    };
    expect(warned('kubernetes.io/tls')).toEqual(['tls: failed to find any PEM data in certificate input']);
    expect(warned('Opaque')).toEqual([]);
  });
});
