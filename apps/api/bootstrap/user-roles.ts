import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { ALL, paths, READ, rule, WRITE } from './rules';

const WORKLOADS =
  'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale';
/** Manifests of the old group are judged by it. */
const EXTENSIONS = `${WORKLOADS.replace(/ statefulsets.*/, '')} ingresses networkpolicies`;
const CORE_EDIT = 'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale services services/proxy';
const CORE_VIEW =
  'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status';

const view: PolicyRule[] = [
  rule(READ, '', CORE_VIEW),
  rule(
    READ,
    '',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  rule(READ, '', 'namespaces'),
  rule(READ, 'discovery.k8s.io', 'endpointslices'),
  rule(READ, 'metrics.k8s.io', 'nodes pods'),
  rule(READ, 'apps', `controllerrevisions ${WORKLOADS} daemonsets/status deployments/status replicasets/status statefulsets/status`),
  rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
  rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(
    READ,
    'extensions',
    `${EXTENSIONS} daemonsets/status deployments/status ingresses/status replicasets/status replicationcontrollers/scale`,
  ),
  rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
  rule(READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
];

const edit: PolicyRule[] = [
  rule(READ, '', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
  rule('impersonate', '', 'serviceaccounts'),
  rule(WRITE, '', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
  rule('create', '', 'pods/eviction serviceaccounts/token'),
  rule(WRITE, '', `${CORE_EDIT} endpoints secrets serviceaccounts`),
  rule(WRITE, 'apps', WORKLOADS),
  rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
  rule(WRITE, 'batch', 'cronjobs jobs'),
  rule(WRITE, 'policy', 'poddisruptionbudgets'),
  rule(WRITE, 'extensions', `${EXTENSIONS} replicationcontrollers/scale`),
  rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
  rule(WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
  rule(ALL, 'coordination.k8s.io', 'leases'),
];

const admin: PolicyRule[] = [
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
  rule(ALL, 'rbac.authorization.k8s.io', 'rolebindings roles'),
];

const SIGNERS = ['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving', 'legacy-unknown'];
const REQUESTS = 'system:certificates.k8s.io:certificatesigningrequests';

/** Who may ask for certificates of nodes and have them approved at once, and who approves those of one signer. */
const certificateRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  'system:node-bootstrapper': [rule(`create ${READ}`, 'certificates.k8s.io', 'certificatesigningrequests')],
  [`${REQUESTS}:nodeclient`]: [rule('create', 'certificates.k8s.io', 'certificatesigningrequests/nodeclient')],
  [`${REQUESTS}:selfnodeclient`]: [rule('create', 'certificates.k8s.io', 'certificatesigningrequests/selfnodeclient')],
  ...Object.fromEntries(
    SIGNERS.map((signer) => [
      `system:certificates.k8s.io:${signer}-approver`,
      [rule('approve', 'certificates.k8s.io', 'signers', [`kubernetes.io/${signer}`])],
    ]),
  ),
};

const DISCOVERY = '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/';

/** The roles that people are given. Mirrors plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go. */
export const userRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [rule('*', '*', '*'), paths('*', '*')],
  'system:aggregate-to-admin': admin,
  'system:aggregate-to-edit': edit,
  'system:aggregate-to-view': view,
  'system:basic-user': [
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ],
  'system:discovery': [paths('get', DISCOVERY)],
  'system:public-info-viewer': [paths('get', '/healthz /livez /readyz /version /version/')],
  'system:monitoring': [paths('get', '/healthz /healthz/* /livez /livez/* /metrics /readyz /readyz/*')],
  'system:auth-delegator': [
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
  ],
  'system:service-account-issuer-discovery': [
    paths('get', '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/'),
  ],
  ...certificateRoles,
};

/** Roles that are put together of those whose label says so, by the controller of that name. The first is a part of none. */
export const aggregatedRoles = [
  { name: 'view', partOf: 'edit' },
  { name: 'edit', partOf: 'admin' },
  { name: 'admin', partOf: undefined },
] as const;

/** The label that makes a role's rules part of `admin`, `edit` or `view`. */
export const aggregateTo = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`;

/** Who has them from the start. */
export const userBindings: readonly { readonly role: string; readonly groups: readonly string[] }[] = [
  { role: 'cluster-admin', groups: ['system:masters'] },
  { role: 'system:basic-user', groups: ['system:authenticated'] },
  { role: 'system:discovery', groups: ['system:authenticated'] },
  { role: 'system:public-info-viewer', groups: ['system:authenticated', 'system:unauthenticated'] },
  { role: 'system:monitoring', groups: ['system:monitoring'] },
  { role: 'system:service-account-issuer-discovery', groups: ['system:serviceaccounts'] },
];
