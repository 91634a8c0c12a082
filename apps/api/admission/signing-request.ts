import { ApiError, forbiddenAccess, invalidObject } from '#lib/api/errors';
import { fromBase64 } from '#lib/api/base64';
import { CertificateSigningRequest } from '#lib/api/certificates/certificatesigningrequest';
import { sameValue } from '#lib/api/equality';
import { invalid } from '#lib/api/field-error';
import { rfc3339 } from '#lib/api/time';
import { logClock } from '#lib/log/log-clock';
import { readRequest, type SigningRequest } from '#lib/pki/signing-request';
import type { World } from '#lib/reconcile/world';
import { Authorizer } from '../auth/authorizer';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';

const NODE_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
const API_CLIENT = 'kubernetes.io/kube-apiserver-client';

/**
 * Who asks for a certificate is written down; requests of nodes that may have theirs are approved at once; others approve and sign only
 * what they may. Mirrors plugin/pkg/admission/certificates and pkg/controller/certificates/approver.
 */
export const signingRequest: AdmissionPlugin = {
  name: 'CertificateSigningRequest',
  mutate(request, world) {
    if (request.kind !== CertificateSigningRequest) return;
    if (request.operation === 'CREATE') return created(request, world);
    const [next, previous] = [request.object as CertificateSigningRequest, request.previous as CertificateSigningRequest];
    if (request.subresource === 'approval') requireSigner(request, world, 'approve', next);
    if (request.subresource !== 'status') return;
    const failed = (csr: CertificateSigningRequest): object[] => (csr.status?.conditions ?? []).filter(({ type }) => type === 'Failed');
    if (next.status?.certificate !== previous.status?.certificate || !sameValue(failed(next), failed(previous)))
      requireSigner(request, world, 'sign', next);
  },
};

function created(request: AdmissionRequest, world: World): void {
  const csr = request.object as CertificateSigningRequest & { spec: { extra?: Record<string, string[]> } };
  const { name, uid, groups, extra } = request.user;
  const { username: _, uid: __, groups: ___, extra: ____, ...asked } = csr.spec ?? {};
  csr.spec = {
    ...asked,
    username: name,
    ...(uid && { uid }),
    groups: [...groups],
    ...(extra && { extra: structuredClone(extra) as Record<string, string[]> }),
  } as never;
  const wanted = read(csr);
  if (csr.spec.signerName === API_CLIENT && wanted.organizations.includes('system:masters')) {
    const why = `use of ${API_CLIENT} signer with system:masters group is not allowed`;
    throw forbiddenAccess(CertificateSigningRequest, csr.metadata.name, why);
  }
  const approval = approvalOf(request, csr, wanted, world);
  if (approval) csr.status = { conditions: [approval] } as never;
}

/** @throws ApiError 422. */
function read(csr: CertificateSigningRequest): SigningRequest {
  try {
    return readRequest(fromBase64(csr.spec.request ?? ''));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const why = invalid('spec.request', csr.spec.request ?? '', (error as Error).message);
    throw invalidObject(CertificateSigningRequest.group, CertificateSigningRequest.kind, csr.metadata.name, [why]);
  }
}

const USAGES = ['client auth', 'digital signature'];

function isOfNode({ organizations, commonName, dnsNames, emails, ips, uris }: SigningRequest, usages: readonly string[]): boolean {
  const names = dnsNames.length + emails.length + ips.length + uris.length;
  const asked = usages.filter((usage) => usage !== 'key encipherment').sort();
  return sameValue(organizations, ['system:nodes']) && names === 0 && commonName.startsWith('system:node:') && sameValue(asked, USAGES);
}

/** Upstream's approver does the same a moment later. */
function approvalOf(
  { user }: AdmissionRequest,
  { spec, metadata }: CertificateSigningRequest,
  wanted: SigningRequest,
  world: World,
): object | undefined {
  if (spec.signerName !== NODE_CLIENT || !isOfNode(wanted, spec.usages ?? [])) return undefined;
  const may = (subresource: string): boolean =>
    new Authorizer(world).allows(user, {
      verb: 'create',
      group: CertificateSigningRequest.group,
      resource: CertificateSigningRequest.plural,
      subresource,
      namespace: '',
      name: '',
    }) !== undefined;
  const approved = (message: string): object => ({
    type: 'Approved',
    status: 'True',
    reason: 'AutoApproved',
    message,
    lastUpdateTime: metadata.creationTimestamp ?? rfc3339(logClock.date()),
    lastTransitionTime: metadata.creationTimestamp,
  });
  if (user.name === wanted.commonName && may('selfnodeclient'))
    return approved('Auto approving self kubelet client certificate after SubjectAccessReview.');
  return may('nodeclient') ? approved('Auto approving kubelet client certificate after SubjectAccessReview.') : undefined;
}

/** By the signer's name, or for all of its domain. @throws ApiError 403. */
function requireSigner(
  { user, name }: AdmissionRequest,
  world: World,
  verb: 'approve' | 'sign',
  { spec }: CertificateSigningRequest,
): void {
  const authorizer = new Authorizer(world);
  const { group } = CertificateSigningRequest;
  const may = (signer: string): boolean =>
    authorizer.allows(user, { verb, group, resource: 'signers', namespace: '', name: signer }) !== undefined;
  if (may(spec.signerName) || may(`${spec.signerName.split('/')[0]}/*`)) return;
  throw forbiddenAccess(
    CertificateSigningRequest,
    name,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(spec.signerName)}`,
  );
}
