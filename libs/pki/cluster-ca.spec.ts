import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { parse } from 'yaml';
import { selfSignedCa } from './certificate';
import { apiServerNames, ClusterCa } from './cluster-ca';
import { writeKubeconfig } from './kubeconfig';
import { serviceAccountKeys } from './service-account-keys';

const DAY_MS = 24 * 60 * 60 * 1000;
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'decklog-pki-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const mode = (file: string): number => statSync(join(directory, file)).mode & 0o777;
const daysLeft = (certificate: string): number => (Date.parse(new X509Certificate(certificate).validTo) - Date.now()) / DAY_MS;

describe('the cluster CA', () => {
  test('is made once, keeps its key private and signs itself', async () => {
    const first = await ClusterCa.loadOrCreate(directory);
    const second = await ClusterCa.loadOrCreate(directory);
    expect(second.certificate).toBe(first.certificate);
    expect(mode('ca.key')).toBe(0o600);

    const parsed = new X509Certificate(first.certificate);
    expect(parsed.ca).toBe(true);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(daysLeft(first.certificate)).toBeGreaterThan(3640);
  });

  test('is one and the same for processes that start at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ClusterCa.loadOrCreate(directory)));
    expect(new Set(all.map((ca) => ca.certificate)).size).toBe(1);
  });

  test('gets a new certificate over the old key when it comes close to its end, so that what it issued stays valid', async () => {
    const before = await ClusterCa.loadOrCreate(directory);
    const client = await before.issueClient({ user: 'anna' });
    writeFileSync(join(directory, 'ca.crt'), await selfSignedCa('kubernetes', readFileSync(join(directory, 'ca.key'), 'utf8'), 10));

    const after = await ClusterCa.loadOrCreate(directory);
    expect(daysLeft(after.certificate)).toBeGreaterThan(3640);
    expect(new X509Certificate(client.certificate).verify(new X509Certificate(after.certificate).publicKey)).toBe(true);
  });

  test('refuses a certificate that is not its key’s', async () => {
    await ClusterCa.loadOrCreate(directory);
    rmSync(join(directory, 'ca.key'));
    await expect(ClusterCa.loadOrCreate(directory)).rejects.toThrow('does not belong to');
  });
});

describe('a certificate of the cluster CA', () => {
  test('names the user in CN and the groups in O, whatever characters they have', async () => {
    const ca = await ClusterCa.loadOrCreate(directory);
    const { certificate, key } = await ca.issueClient({ user: 'Anna, "the" = one+', groups: ['system:masters', 'dev'] });
    const parsed = new X509Certificate(certificate);
    expect(parsed.toLegacyObject().subject).toMatchObject({ CN: 'Anna, "the" = one+', O: ['system:masters', 'dev'] });
    expect(parsed.checkIssued(new X509Certificate(ca.certificate))).toBe(true);
    expect(parsed.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(parsed.ca).toBe(false);
    expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  test('never outlives the CA', async () => {
    const ca = await ClusterCa.loadOrCreate(directory);
    const { certificate } = await ca.issueClient({ user: 'anna', days: 10_000 });
    expect(new X509Certificate(certificate).validTo).toBe(new X509Certificate(ca.certificate).validTo);
  });

  test('is kept for a server until a name is added or its end is near', async () => {
    const ca = await ClusterCa.loadOrCreate(directory);
    const names = apiServerNames();
    const first = await ca.keepServing('apiserver', names);
    expect(mode('apiserver.key')).toBe(0o600);
    expect((await ca.keepServing('apiserver', names)).certificate).toBe(first.certificate);

    const renamed = await ca.keepServing('apiserver', { ...names, dnsNames: [...names.dnsNames, 'cluster.example.org'] });
    expect(renamed.certificate).not.toBe(first.certificate);

    const short = await ca.keepServing('short', { ...names, days: 5 });
    expect((await ca.keepServing('short', names)).certificate).not.toBe(short.certificate);
  });

  test('is kept for a client until it is another user’s or another CA’s', async () => {
    const ca = await ClusterCa.loadOrCreate(directory);
    const admin = { user: 'kubernetes-admin', groups: ['system:masters'] };
    const first = await ca.keepClient('admin', admin);
    expect((await ca.keepClient('admin', admin)).certificate).toBe(first.certificate);
    expect((await ca.keepClient('admin', { ...admin, groups: [] })).certificate).not.toBe(first.certificate);

    const kept = await ca.keepClient('admin', admin);
    rmSync(join(directory, 'ca.key'));
    rmSync(join(directory, 'ca.crt'));
    const other = await ClusterCa.loadOrCreate(directory);
    expect((await other.keepClient('admin', admin)).certificate).not.toBe(kept.certificate);
  });

  test('serves every name of the API server over mutual TLS', async () => {
    const ca = await ClusterCa.loadOrCreate(directory);
    const serving = await ca.issueServing(apiServerNames());
    const client = await ca.issueClient({ user: 'anna', groups: ['dev'] });
    const server = createServer({ cert: serving.certificate, key: serving.key, ca: ca.certificate, requestCert: true, rejectUnauthorized: true });
    const users: unknown[] = [];
    server.on('secureConnection', (socket) => users.push((socket.end() as TLSSocket).getPeerCertificate().subject.CN));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const call = (servername: string): Promise<void> =>
      new Promise((done, fail) => {
        const options = { port, host: '127.0.0.1', servername, ca: ca.certificate, cert: client.certificate, key: client.key };
        connect(options).on('error', fail).on('end', done).resume();
      });
    for (const name of ['localhost', 'kubernetes.default.svc', 'r1200.asof.decklog']) await call(name);
    await expect(call('example.org')).rejects.toThrow('example.org');
    server.close();
    expect(users.slice(0, 3)).toEqual(['anna', 'anna', 'anna']);
    expect(new X509Certificate(serving.certificate).checkIP('10.96.0.1')).toBe('10.96.0.1');
  });
});

test('the service-account key pair is made once and signs', () => {
  const keys = serviceAccountKeys(directory);
  expect(serviceAccountKeys(directory)).toEqual(keys);
  expect(mode('sa.key')).toBe(0o600);
  expect(readFileSync(join(directory, 'sa.pub'), 'utf8')).toBe(keys.publicKey);
  const signature = sign('sha256', Buffer.from('token'), keys.privateKey);
  expect(verify('sha256', Buffer.from('token'), createPublicKey(keys.publicKey), signature)).toBe(true);
});

test('the kubeconfig is private and carries everything inline', async () => {
  const ca = await ClusterCa.loadOrCreate(directory);
  const client = await ca.issueClient({ user: 'kubernetes-admin', groups: ['system:masters'] });
  const request = { server: 'https://127.0.0.1:6443', ca: ca.certificate, user: 'kubernetes-admin', credentials: client };
  const path = writeKubeconfig(join(directory, 'kubeconfig'), request);
  expect(mode('kubeconfig')).toBe(0o600);
  const text = parse(readFileSync(path, 'utf8'));
  expect(text['current-context']).toBe('decklog');
  expect(text.contexts).toEqual([{ name: 'decklog', context: { cluster: 'decklog', user: 'kubernetes-admin' } }]);
  expect(Buffer.from(text.clusters[0].cluster['certificate-authority-data'], 'base64').toString()).toBe(ca.certificate);
  expect(Buffer.from(text.users[0].user['client-key-data'], 'base64').toString()).toBe(client.key);
});
