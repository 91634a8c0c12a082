import { CertificateSigningRequest } from '#lib/api/certificates/certificatesigningrequest';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { certificateCleaner } from './certificate-cleaner.controller';

const decide = given(certificateCleaner);
const request = (types: string[], hoursAgo: number, certificate?: string): CertificateSigningRequest =>
  build(CertificateSigningRequest, { name: 'bob', created: secondsAgo(3600 * hoursAgo) }, {
    spec: { request: '', signerName: 'kubernetes.io/kube-apiserver-client', usages: [] },
    status: {
      ...(certificate && { certificate }),
      ...(types.length > 0 && { conditions: types.map((type) => ({ type, status: 'True', lastUpdateTime: secondsAgo(3600 * hoursAgo) })) }),
    },
  } as never);

describe('certificate-cleaner', () => {
  test.each([
    ['signed', ['Approved'], 'Y2VydA==', 1.1],
    ['refused', ['Denied'], undefined, 1.1],
    ['failed', ['Approved', 'Failed'], undefined, 1.1],
    ['undecided', [], undefined, 24.1],
  ])('removes what is %s for long, and waits for that', (_, types, certificate, hours) => {
    expect(decide(request(types, hours, certificate))).toMatchObject([{ do: 'remove', ref: { name: 'bob' } }]);
    const [waiting] = decide(request(types, hours - 0.2, certificate)) as [{ do: string; at: Date }];
    expect([waiting.do, waiting.at.getTime() - NOW.getTime()]).toEqual(['wake', expect.closeTo(0.1 * 3_600_000, -4)]);
  });

  test('keeps what is approved until it is signed', () => {
    expect(decide(request(['Approved'], 100))).toEqual([]);
  });
});
