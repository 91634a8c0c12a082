import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { ClusterCa } from './cluster-ca';
import { importKeys, newPrivateKey, SIGNING } from './keys';
import { isSelfSigned, readRequest } from './signing-request';

/** A request as a client makes it: PEM. */
async function requestOf(name: string, names: { type: 'dns' | 'ip' | 'email' | 'url'; value: string }[] = []): Promise<string> {
  const keys = await importKeys(newPrivateKey());
  const extensions = names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [];
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys: keys as never, signingAlgorithm: SIGNING, extensions });
  return made.toString('pem');
}

describe('a signing request', () => {
  let folder: string;
  let ca: ClusterCa;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'decklog-csr-'));
    ca = await ClusterCa.loadOrCreate(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('says who asks and for which names', async () => {
    const pem = await requestOf('O=system:nodes, CN=system:node:a', [
      { type: 'dns', value: 'a.example' },
      { type: 'ip', value: '10.0.0.1' },
      { type: 'email', value: 'a@b.c' },
      { type: 'url', value: 'spiffe://x' },
    ]);
    expect(readRequest(pem)).toEqual({
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
      dnsNames: ['a.example'],
      ips: ['10.0.0.1'],
      emails: ['a@b.c'],
      uris: ['spiffe://x'],
    });
    expect(await isSelfSigned(pem)).toBe(true);
  });

  test('becomes a certificate of the CA for its own key, for as long as asked', async () => {
    const pem = await requestOf('O=dev, O=ops, CN=bob', [{ type: 'dns', value: 'bob.example' }]);
    const certificate = new X509Certificate(await ca.signRequest(pem, ['client auth', 'digital signature'], 3600));
    expect(certificate.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(certificate.subject.split('\n').sort()).toEqual(['CN=bob', 'O=dev', 'O=ops']);
    expect([certificate.subjectAltName, certificate.keyUsage, certificate.ca]).toEqual(['DNS:bob.example', ['1.3.6.1.5.5.7.3.2'], false]);
    expect(Date.parse(certificate.validTo) - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(3_500_000);
  });

  test('gets at least ten minutes and at most a year', async () => {
    const pem = await requestOf('CN=bob');
    const daysOf = async (seconds?: number): Promise<number> =>
      (Date.parse(new X509Certificate(await ca.signRequest(pem, ['client auth'], seconds)).validTo) - Date.now()) / 86_400_000;
    expect(await daysOf(1)).toBeCloseTo(10 / 1440, 3);
    expect(await daysOf(10 * 365 * 86_400)).toBeCloseTo(365, 1);
    expect(await daysOf()).toBeCloseTo(365, 1);
    await expect(ca.signRequest(pem, ['sailing'])).rejects.toThrow('unrecognized usage values: ["sailing"]');
  });

  test('that is none says so', () => {
    expect(() => readRequest('nonsense')).toThrow('PEM block type must be CERTIFICATE REQUEST');
    expect(() => readRequest(ca.certificate)).toThrow('PEM block type must be CERTIFICATE REQUEST');
    expect(() => readRequest('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----')).toThrow();
  });
});
