import { CertificateSigningRequest } from '#lib/api/certificates/certificatesigningrequest';
import { rfc3339 } from '#lib/api/time';
import { setStatus } from '#lib/reconcile/command';
import { defineController, type ObjectController } from '#lib/reconcile/controller';
import { signers } from './signers';

/** What came of signing: a fact from outside the world, so it is recorded with the decision. Neither, when nothing was to be signed. */
export interface Signed {
  /** PEM in base64. */
  readonly certificate?: string;
  readonly failure?: string;
}

const has = ({ status }: CertificateSigningRequest, type: string): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

const isToBeSigned = (csr: CertificateSigningRequest): boolean =>
  csr.spec.signerName in signers && !csr.status?.certificate && has(csr, 'Approved') && !has(csr, 'Denied') && !has(csr, 'Failed');

/** Signs what was approved for one of Kubernetes' own signers. Mirrors kubernetes/pkg/controller/certificates/signer. */
export const certificateSigning = (
  sign: (csr: CertificateSigningRequest) => Promise<Signed>,
): ObjectController<CertificateSigningRequest, Signed> =>
  defineController<CertificateSigningRequest, Signed>({
    name: 'certificate-signing',
    component: 'certificate-controller',
    for: CertificateSigningRequest,
    gather: (csr) => (isToBeSigned(csr) ? sign(csr) : {}),

    reconcile(csr, _world, now, facts = {}) {
      if (!isToBeSigned(csr)) return [];
      const { certificate, failure } = facts;
      if (certificate) return setStatus(csr, { ...csr.status, certificate });
      if (failure === undefined) return [];
      const time = rfc3339(now);
      const failed = {
        type: 'Failed',
        status: 'True',
        reason: 'SignerValidationFailure',
        message: failure,
        lastUpdateTime: time,
        lastTransitionTime: time,
      };
      return setStatus(csr, { ...csr.status, conditions: [...(csr.status?.conditions ?? []), failed] });
    },
  });
