import { CertificateSigningRequest } from '#lib/api/certificates/certificatesigningrequest';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { certificateSigning, type Signed } from './certificate-signing.controller';
import { signers } from './signers';

const controller = certificateSigning(async () => ({ certificate: 'signed' }));
const decide = given(controller);
const request = (conditions: string[], signerName = 'kubernetes.io/kube-apiserver-client', certificate?: string): CertificateSigningRequest =>
  build(CertificateSigningRequest, { name: 'bob' }, {
    spec: { request: '', signerName, usages: ['client auth'] },
    status: { ...(certificate && { certificate }), conditions: conditions.map((type) => ({ type, status: 'True' })) },
  } as never);

describe('certificate-signing', () => {
  test('puts the certificate that was made into the status', async () => {
    expect(await controller.gather?.(request(['Approved']), undefined as never, new Date())).toEqual({ certificate: 'signed' });
    expect(decide.knowing({ certificate: 'signed' } satisfies Signed)(request(['Approved']))).toMatchObject([
      { do: 'setStatus', status: { certificate: 'signed', conditions: [{ type: 'Approved' }] } },
    ]);
  });

  test('says what its signer does not like', () => {
    expect(decide.knowing({ failure: 'no' })(request(['Approved']))).toMatchObject([
      { do: 'setStatus', status: { conditions: [{ type: 'Approved' }, { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: 'no' }] } },
    ]);
  });

  test.each([
    ['undecided', request([])],
    ['denied', request(['Denied'])],
    ['failed', request(['Approved', 'Failed'])],
    ['signed', request(['Approved'], undefined, 'there')],
    ["somebody else's to sign", request(['Approved'], 'example.com/mine')],
  ])('leaves alone what is %s', async (_, csr) => {
    expect(await controller.gather?.(csr, undefined as never, new Date())).toEqual({});
    expect(decide.knowing({ certificate: 'signed' })(csr)).toEqual([]);
  });

  const none = { commonName: 'system:node:a', organizations: ['system:nodes'], dnsNames: [], ips: [], emails: [], uris: [] };
  test.each([
    ['kubelet-serving', none, ['server auth', 'digital signature'], 'DNS or IP subjectAltName is required'],
    ['kubelet-serving', { ...none, dnsNames: ['a'] }, ['server auth', 'digital signature', 'key encipherment'], undefined],
    ['kubelet-serving', { ...none, dnsNames: ['a'] }, ['client auth'], 'usages did not match [digital signature key encipherment server auth]'],
    ['kube-apiserver-client-kubelet', none, ['client auth', 'digital signature'], undefined],
    ['kube-apiserver-client-kubelet', { ...none, ips: ['10.0.0.1'] }, ['client auth', 'digital signature'], 'IP subjectAltNames are not allowed'],
    [
      'kube-apiserver-client-kubelet',
      { ...none, commonName: 'bob' },
      ['client auth', 'digital signature'],
      'subject common name does not begin with system:node:',
    ],
    [
      'kube-apiserver-client-kubelet',
      { ...none, organizations: ['system:masters'] },
      ['client auth', 'digital signature'],
      'subject organization is not system:nodes',
    ],
    ['kube-apiserver-client', { ...none, commonName: 'bob' }, ['client auth'], undefined],
    ['kube-apiserver-client', none, ['server auth'], 'invalid usage for client certificate: server auth'],
    ['kube-apiserver-client', none, ['digital signature'], 'missing required usage for client certificate: client auth'],
  ])('%s of %j for %j: %s', (signer, asked, usages, wrong) => {
    expect(signers[`kubernetes.io/${signer}`]?.(asked, usages)).toBe(wrong);
  });
});
