import type { SigningRequest } from '#lib/pki/signing-request';

type Check = (request: SigningRequest, usages: readonly string[]) => string | undefined;

const setOf = (usages: readonly string[]): string =>
  [...new Set(usages)]
    .filter((usage) => usage !== 'key encipherment')
    .sort()
    .join();

const isNode = (organizations: readonly string[]): boolean => organizations.length === 1 && organizations[0] === 'system:nodes';

/** What each signer insists on; answers what is wrong. Mirrors pkg/apis/certificates/helpers.go and pkg/controller/certificates/signer. */
export const signers: Readonly<Record<string, Check>> = {
  'kubernetes.io/kubelet-serving': ({ organizations, commonName, dnsNames, ips, emails, uris }, usages) => {
    if (!isNode(organizations)) return 'subject organization is not system:nodes';
    if (dnsNames.length + ips.length === 0) return 'DNS or IP subjectAltName is required';
    if (emails.length > 0) return 'Email subjectAltNames are not allowed';
    if (uris.length > 0) return 'URI subjectAltNames are not allowed';
    if (setOf(usages) !== 'digital signature,server auth') return 'usages did not match [digital signature key encipherment server auth]';
    return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';
  },
  'kubernetes.io/kube-apiserver-client-kubelet': ({ organizations, commonName, dnsNames, ips, emails, uris }, usages) => {
    if (!isNode(organizations)) return 'subject organization is not system:nodes';
    if (dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
    if (emails.length > 0) return 'Email subjectAltNames are not allowed';
    if (ips.length > 0) return 'IP subjectAltNames are not allowed';
    if (uris.length > 0) return 'URI subjectAltNames are not allowed';
    if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
    return setOf(usages) === 'client auth,digital signature'
      ? undefined
      : 'usages did not match [client auth digital signature key encipherment]';
  },
  'kubernetes.io/kube-apiserver-client': (_, usages) => {
    const other = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage));
    if (other !== undefined) return `invalid usage for client certificate: ${other}`;
    return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
  },
  'kubernetes.io/legacy-unknown': () => undefined,
};
