import type { PolicyRule } from 'kubernetes-types/rbac/v1';
import { EVENTS, READ, rule } from './rules';

const GROUP = 'system:controller:';

const SIGNERS = ['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving', 'legacy-unknown'].map(
  (name) => `kubernetes.io/${name}`,
);

/** What each controller may do, by its component. Mirrors bootstrappolicy/controller_policy.go. */
const controllers: Readonly<Record<string, readonly PolicyRule[]>> = {
  'deployment-controller': [
    rule(`${READ} update patch`, 'apps', 'deployments deployments/status deployments/finalizers'),
    rule(`${READ} create update patch delete`, 'apps', 'replicasets replicasets/status'),
    rule(`${READ} update`, '', 'pods'),
    EVENTS,
  ],
  'replicaset-controller': [
    rule(`${READ} update patch`, 'apps', 'replicasets replicasets/status replicasets/finalizers'),
    rule(`${READ} create delete patch update`, '', 'pods'),
    EVENTS,
  ],
  'disruption-controller': [
    rule(READ, 'apps extensions', 'deployments replicasets statefulsets'),
    rule(READ, '', 'replicationcontrollers'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(`${READ} update`, 'policy', 'poddisruptionbudgets/status'),
    rule('patch update', '', 'pods/status'),
    rule('get', '*', '*/scale'),
    rule(READ, '', 'pods'),
    EVENTS,
  ],
  'namespace-controller': [
    rule(`${READ} update patch delete`, '', 'namespaces namespaces/finalize namespaces/status'),
    rule(`${READ} delete deletecollection`, '*', '*'),
    EVENTS,
  ],
  'resourcequota-controller': [rule(READ, '*', '*'), rule('update patch', '', 'resourcequotas/status'), EVENTS],
  'service-account-controller': [rule('create get list watch', '', 'serviceaccounts namespaces'), EVENTS],
  'tokens-controller': [rule(`${READ} patch delete`, '', 'secrets'), rule(READ, '', 'serviceaccounts')],
  'root-ca-cert-publisher': [rule('create get list watch update patch', '', 'configmaps namespaces'), EVENTS],
  'generic-garbage-collector': [rule(`${READ} patch update delete`, '*', '*'), EVENTS],
  'endpoint-controller': [
    rule(READ, '', 'services pods'),
    rule(`${READ} create update patch delete`, '', 'endpoints endpoints/restricted'),
    EVENTS,
  ],
  'endpointslice-controller': [
    rule(READ, '', 'services pods nodes endpoints'),
    rule(`${READ} create update patch delete`, 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ],
  'endpointslicemirroring-controller': [
    rule(READ, '', 'services endpoints'),
    rule(`${READ} create update patch delete`, 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ],
  'node-controller': [
    rule(`${READ} update patch delete`, '', 'nodes nodes/status'),
    rule(`${READ} update patch delete`, '', 'pods pods/status'),
    rule(READ, 'coordination.k8s.io', 'leases'),
    EVENTS,
  ],
  'taint-eviction-controller': [rule(READ, '', 'nodes'), rule(`${READ} update patch delete`, '', 'pods pods/status'), EVENTS],
  'pod-garbage-collector': [rule(`${READ} delete`, '', 'pods nodes'), rule('patch update', '', 'pods/status'), EVENTS],
  'pvc-protection-controller': [rule(`${READ} update`, '', 'persistentvolumeclaims'), rule(READ, '', 'pods'), EVENTS],
  'pv-protection-controller': [rule(`${READ} update`, '', 'persistentvolumes'), EVENTS],
  'volumeattributesclass-protection-controller': [
    rule(READ, '', 'persistentvolumeclaims persistentvolumes'),
    rule(`${READ} update`, 'storage.k8s.io', 'volumeattributesclasses'),
    EVENTS,
  ],
  'event-ttl-controller': [rule(`${READ} delete`, 'core events.k8s.io', 'events')],
  'certificate-controller': [
    rule(READ, 'certificates.k8s.io', 'certificatesigningrequests'),
    rule('update', 'certificates.k8s.io', 'certificatesigningrequests/status certificatesigningrequests/approval'),
    rule('approve sign', 'certificates.k8s.io', 'signers', SIGNERS),
    EVENTS,
  ],
  'certificate-cleaner': [rule(`${READ} delete`, 'certificates.k8s.io', 'certificatesigningrequests')],
  'flow-schema-controller': [
    rule(READ, 'flowcontrol.apiserver.k8s.io', 'flowschemas prioritylevelconfigurations'),
    rule('update', 'flowcontrol.apiserver.k8s.io', 'flowschemas/status'),
  ],
  'apiservice-registration-controller': [
    rule(READ, 'apiextensions.k8s.io', 'customresourcedefinitions'),
    rule(`${READ} create update delete`, 'apiregistration.k8s.io', 'apiservices'),
  ],
  'apiservice-availability-controller': [
    rule(READ, 'apiregistration.k8s.io', 'apiservices'),
    rule('update', 'apiregistration.k8s.io', 'apiservices/status'),
    rule(READ, '', 'services'),
    rule(READ, 'discovery.k8s.io', 'endpointslices'),
  ],
  'clusterrole-aggregation-controller': [rule(`${READ} escalate update patch`, 'rbac.authorization.k8s.io', 'clusterroles')],
  'custom-resource-definition-controller': [
    rule(
      `${READ} update patch`,
      'apiextensions.k8s.io',
      'customresourcedefinitions customresourcedefinitions/status customresourcedefinitions/finalizers',
    ),
    rule(`${READ} delete deletecollection`, '*', '*'),
    EVENTS,
  ],
  'service-cidrs-controller': [
    rule(`${READ} patch update`, 'networking.k8s.io', 'servicecidrs'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers servicecidrs/status'),
    rule(READ, 'networking.k8s.io', 'ipaddresses'),
    EVENTS,
  ],
  'ipallocator-repair-controller': [
    rule(READ, '', 'services'),
    rule(READ, 'networking.k8s.io', 'servicecidrs'),
    rule(`${READ} create delete`, 'networking.k8s.io', 'ipaddresses'),
    EVENTS,
  ],
  'simulated-nodes': [
    rule(`${READ} create update patch delete`, '', 'nodes nodes/status'),
    rule(`${READ} delete update patch`, '', 'pods pods/status'),
    rule(READ, '', 'configmaps secrets services'),
    rule(`${READ} create update patch delete`, 'coordination.k8s.io', 'leases'),
    EVENTS,
  ],
};

export const controllerRoles: Readonly<Record<string, readonly PolicyRule[]>> = Object.fromEntries(
  Object.entries(controllers).map(([component, rules]) => [GROUP + component, rules]),
);

/** One ClusterRoleBinding each, to the service account of the same name in kube-system. */
export const controllerBindings = Object.keys(controllers).map((component) => ({ role: GROUP + component, component }));

/** Components with a name of their own instead of a service account. */
export const componentRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  'system:kube-scheduler': [
    rule(READ, '', 'nodes pods namespaces services replicationcontrollers persistentvolumes persistentvolumeclaims'),
    rule(READ, 'apps', 'replicasets statefulsets'),
    rule('create', '', 'bindings pods/binding'),
    rule('patch update', '', 'pods/status'),
    rule('delete', '', 'pods'),
    rule(`${READ} create update`, 'coordination.k8s.io', 'leases'),
    EVENTS,
  ],
  'system:node': [
    rule(`${READ} create update patch delete`, '', 'nodes nodes/status'),
    rule(`${READ} delete update patch`, '', 'pods pods/status'),
    rule('create', '', 'pods/eviction'),
    rule(READ, '', 'services'), // config maps, secrets and tokens as its pods need them: see auth/node-access.ts
    rule(`${READ} create update patch delete`, 'coordination.k8s.io', 'leases'),
    EVENTS,
  ],
};

export const componentBindings = [
  { role: 'system:kube-scheduler', user: 'system:kube-scheduler' },
  { role: 'system:node', group: 'system:nodes' },
] as const;
