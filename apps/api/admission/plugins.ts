import type { AdmissionPlugin } from './plugin';
import { customResourceRules } from './custom-resource-rules';
import { claimResize, defaultIngressClass, defaultStorageClass } from './default-classes';
import { deviceSelectors } from './device-selectors';
import { eventRateLimit } from './event-rate/event-rate-limit';
import { limitRanger } from './limit-ranger';
import { namespaceLifecycle } from './namespace-lifecycle';
import { nodeRestriction } from './node-restriction';
import { nodeTaint } from './node-taint';
import { expressionCheck } from './policies/expressions';
import { mutatingPolicies } from './policies/mutating';
import { typeCheck } from './policies/type-check';
import { validatingPolicies } from './policies/validating';
import { podDefaults } from './pod-defaults';
import { podSecurity } from './pod-security';
import { priority } from './priority';
import { rbacEscalation } from './rbac-escalation';
import { resourceQuota } from './resource-quota';
import { runtimeClass } from './runtime-class';
import { serviceAccount } from './service-account';
import { serviceAllocation } from './service-allocation';
import { signingRequest } from './signing-request';
import { storageProtection } from './storage-protection';
import { tlsSecret } from './tls-secret';
import { tokenSecret } from './token-secret';

/** THE REGISTRY: admission plugins in the order they run. Quota is last: what is refused otherwise uses nothing. */
export const plugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  nodeTaint,
  podSecurity,
  priority,
  podDefaults,
  defaultStorageClass,
  storageProtection,
  claimResize,
  runtimeClass,
  defaultIngressClass,
  serviceAllocation,
  rbacEscalation,
  tokenSecret,
  tlsSecret,
  signingRequest,
  expressionCheck,
  typeCheck,
  deviceSelectors,
  mutatingPolicies,
  validatingPolicies,
  customResourceRules,
  eventRateLimit,
  resourceQuota,
];
