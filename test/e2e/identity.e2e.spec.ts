import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/program';
import { startCluster, tested, type Cluster, type Space } from './cluster';

/** Who one is and what one may: certificates that are asked for, roles that grow, tokens in Secrets. With real kubectl. */

jest.setTimeout(90_000);

let cluster: Cluster;
let space: Space;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'decklog-identity-'));
  cluster = await startCluster();
  space = await cluster.space('identity');
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A key of one's own and the request for a certificate, by openssl. */
function request(subject: string): { key: string; body: string } {
  const key = join(folder, 'key.pem');
  const options = ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-subj', subject];
  return { key, body: execFileSync('openssl', options, { stdio: ['ignore', 'pipe', 'ignore'] }).toString('base64') };
}

const csr = (name: string, body: string, more = ''): string => `
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: ${name} }
spec: { request: ${body}, signerName: kubernetes.io/kube-apiserver-client, usages: [client auth], expirationSeconds: 3600${more} }`;

describe('certificates', () => {
  tested('a request is approved with kubectl, signed, and its certificate speaks for its owner', async () => {
    const { key, body } = request('/O=sailors/CN=bob');
    await space.run('create -f -', csr('bob', body));
    expect(await space.run('get csr bob')).toMatch(/kube-apiserver-client +kubernetes-admin +60m +Pending/);
    expect(await space.run('certificate approve bob')).toContain('certificatesigningrequest.certificates.k8s.io/bob approved');
    const certificate = await eventually('signed', async () => (await space.run('get csr bob -o jsonpath={.status.certificate}')) || undefined, 20_000);
    writeFileSync(join(folder, 'bob.pem'), Buffer.from(certificate, 'base64'));
    expect(await space.run('get csr bob')).toContain('Approved,Issued');
    await space.run(`config set-credentials bob --client-certificate=${join(folder, 'bob.pem')} --client-key=${key}`);
    const who = await space.run('auth whoami -o json --user=bob');
    expect(JSON.parse(who)).toMatchObject({ status: { userInfo: { username: 'bob', groups: ['sailors', 'system:authenticated'] } } });
  });

  tested('what is refused stays without a certificate, and nobody decides twice', async () => {
    await space.run('create -f -', csr('eve', request('/CN=eve').body));
    await space.run('certificate deny eve');
    expect(await space.run('get csr eve')).toMatch(/Denied\n?$/);
    expect(await space.refused('certificate approve eve')).toContain('certificate signing request "eve" is already Denied');
  });

  tested('nobody becomes a master so, asks with nonsense, or approves what he may not', async () => {
    expect(await space.refused('create -f -', csr('root', request('/O=system:masters/CN=root').body))).toContain(
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
    expect(await space.refused('create -f -', csr('none', 'bm9uZQ=='))).toContain('PEM block type must be CERTIFICATE REQUEST');
    await space.run('create clusterrole approver --verb=get,update --resource=certificatesigningrequests,certificatesigningrequests/approval');
    await space.run('create clusterrolebinding approver --clusterrole=approver --user=carl');
    await space.run('create -f -', csr('dora', request('/CN=dora').body));
    expect(await space.refused('certificate approve dora --as=carl')).toContain(
      'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
    );
  });
});

describe('roles', () => {
  tested('a role whose label says so becomes a part of view, edit and admin', async () => {
    await space.run('create clusterrole boats --verb=get --resource=services/boats');
    await space.run('label clusterrole boats rbac.authorization.k8s.io/aggregate-to-view=true');
    for (const role of ['view', 'edit', 'admin']) {
      await eventually(
        `${role} has it`,
        async () => ((await space.run(`get clusterrole ${role} -o json`)).includes('services/boats') ? true : undefined),
        20_000,
      );
    }
  });
});

describe('tokens', () => {
  tested('a Secret holds a token of its account, and goes with it', async () => {
    await space.run('create serviceaccount robot');
    const metadata = { name: 'robot-token', annotations: { 'kubernetes.io/service-account.name': 'robot' } };
    await space.run('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/service-account-token' }));
    const token = Buffer.from(await space.run('get secret robot-token -o jsonpath={.data.token}'), 'base64').toString();
    expect(Buffer.from(await space.run('get secret robot-token -o jsonpath={.data.ca\\.crt}'), 'base64').toString()).toContain('BEGIN CERTIFICATE');
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    expect(JSON.parse(await space.run('create --validate=false -o json -f -', JSON.stringify(review)))).toMatchObject({
      status: { authenticated: true, user: { username: 'system:serviceaccount:identity:robot' } },
    });
    await space.run('delete serviceaccount robot');
    await eventually('the Secret is gone', async () => ((await space.try('get secret robot-token')).code === 0 ? undefined : true), 20_000);
  });

  tested('a token is bound to what it says, in the words of kubectl', async () => {
    await space.run('create secret generic anchor');
    const token = await space.run('create token default --bound-object-kind=Secret --bound-object-name=anchor');
    expect(token.split('.')).toHaveLength(3);
    expect(await space.refused('create token default --duration=1m')).toContain('may not specify a duration less than 10 minutes');
    expect(await space.run('get --raw /openid/v1/jwks')).toContain('"kty":"EC"');
  });
});
