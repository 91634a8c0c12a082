import type { KubeObject } from '#lib/api/meta';
import { FRONT_PROXY_CLIENT } from '#lib/pki/front-proxy';

const NAME = 'extension-apiserver-authentication';
const NAMESPACE = 'kube-system';
const RBAC = 'rbac.authorization.k8s.io';

/** PEM certificates of the CAs of clients, and of who may speak for others. */
export interface TrustedCas {
  readonly ca?: string;
  readonly frontProxy?: { readonly ca: string };
}

/**
 * How extension servers find out whom to believe: the ConfigMap that they read at their start, and the role that lets them. Mirrors
 * pkg/controlplane/controller/clusterauthenticationtrust and bootstrappolicy/namespace_policy.go.
 */
export function extensionAuthentication({ ca = '', frontProxy }: TrustedCas): KubeObject[] {
  const data = {
    'client-ca-file': ca,
    ...(frontProxy && {
      'requestheader-allowed-names': JSON.stringify([FRONT_PROXY_CLIENT]),
      'requestheader-client-ca-file': frontProxy.ca,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    }),
  };
  const metadata = (name: string): object => ({
    name,
    namespace: NAMESPACE,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    annotations: { [`${RBAC}/autoupdate`]: 'true' },
  });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace: NAMESPACE }, data },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: metadata(`${NAME}-reader`),
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [NAME], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: metadata(`system::${NAME}-reader`),
      roleRef: { apiGroup: RBAC, kind: 'Role', name: `${NAME}-reader` },
      subjects: ['system:kube-controller-manager', 'system:kube-scheduler'].map((name) => ({ apiGroup: RBAC, kind: 'User', name })),
    },
  ] as unknown as KubeObject[];
}
