import { CertificateSigningRequest } from '#lib/api/certificates/certificatesigningrequest';
import { remove, wake } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';

const HOUR_MS = 60 * 60 * 1000;
/** Nobody comes for it any more. */
const DECIDED_MS = HOUR_MS;
/** Nobody decides any more. */
const PENDING_MS = 24 * HOUR_MS;

/**
 * Removes requests that are signed, refused or failed for an hour, or wait for a day. Mirrors
 * kubernetes/pkg/controller/certificates/cleaner.
 */
export const certificateCleaner = defineController<CertificateSigningRequest>({
  name: 'certificate-cleaner',
  component: 'certificate-cleaner',
  for: CertificateSigningRequest,

  reconcile(csr, _world, now) {
    const end = endOf(csr);
    if (end === undefined || csr.metadata.deletionTimestamp) return [];
    return now.getTime() > end ? [remove(csr)] : [wake(new Date(end + 1))];
  },
});

/** Approved but not signed yet: it waits for its signer, however long. */
function endOf({ metadata, status }: CertificateSigningRequest): number | undefined {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return Date.parse(metadata.creationTimestamp) + PENDING_MS;
  const final = conditions.find(({ type }) => type === 'Denied' || type === 'Failed' || (type === 'Approved' && status?.certificate));
  return final && Date.parse(final.lastUpdateTime ?? metadata.creationTimestamp) + DECIDED_MS;
}
