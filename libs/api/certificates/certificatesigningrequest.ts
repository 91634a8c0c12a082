import type { CertificateSigningRequest as WireRequest } from 'kubernetes-types/certificates/v1';
import { AGE, NAME } from '#lib/api/columns';
import { humanDuration } from '#lib/api/duration';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { validateRequest, validateRequestUpdate } from './csr-validation';

/** The wish for a certificate: somebody approves it, and a signer signs it. */
export type CertificateSigningRequest = Stored<WireRequest>;

/** Mirrors pkg/registry/certificates/certificates/strategy.go. Who asks is set where the requester is known. */
export const CertificateSigningRequest = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  scope: 'Cluster',
  subresources: ['approval', 'status'],
  hasGeneration: false,

  prepareCreate(draft) {
    draft.status = {};
  },

  /** Only approvers add the conditions that decide, and only signers the certificate and what went wrong. */
  prepareUpdate(draft, previous, { subresource, now }) {
    const asked = draft.status?.conditions ?? [];
    draft.spec = structuredClone(previous.spec);
    if (subresource === undefined) return;
    const before = previous.status?.conditions ?? [];
    const conditions =
      subresource === 'approval' ? asked : [...before.filter(isDecision), ...asked.filter((condition) => !isDecision(condition))];
    const { conditions: _, ...rest } = structuredClone(subresource === 'approval' ? previous.status : draft.status) ?? {};
    draft.status = { ...rest, ...(conditions.length > 0 && { conditions: withTimes(conditions, before, rfc3339(now)) }) };
  },

  validate: (request) => validateRequest(request),
  validateUpdate: (request, previous, context) => validateRequestUpdate(request, previous, context?.subresource),
  validateStatus: (request, previous) => [...validateRequest(request), ...validateRequestUpdate(request, previous, 'status')],

  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },
  columns: [
    NAME,
    AGE,
    { name: 'SignerName', type: 'string', value: ({ spec }) => spec.signerName },
    { name: 'Requestor', type: 'string', value: ({ spec }) => spec.username ?? '' },
    {
      name: 'RequestedDuration',
      type: 'string',
      value: ({ spec }) => (spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000)),
    },
    { name: 'Condition', type: 'string', value: stateText },
  ],
});

type Conditions = NonNullable<CertificateSigningRequest['status']['conditions']>;

const isDecision = ({ type }: Conditions[number]): boolean => type === 'Approved' || type === 'Denied';

/** Who adds a condition need not say when. Mirrors populateConditionTimestamps. */
function withTimes(conditions: Conditions, before: Conditions, now: string): Conditions {
  return conditions.map((condition) => {
    const old = before.find(({ type, status }) => type === condition.type && status === condition.status);
    const lastTransitionTime = condition.lastTransitionTime ?? old?.lastTransitionTime ?? now;
    return { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime };
  });
}

/** `Pending`, `Approved,Issued`, `Denied`, `Approved,Failed`. Mirrors extractCSRStatus. */
function stateText({ status }: CertificateSigningRequest): string {
  const types = new Set((status?.conditions ?? []).map(({ type }) => type));
  const decided = types.has('Denied') ? 'Denied' : types.has('Approved') ? 'Approved' : 'Pending';
  return `${decided}${types.has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}
