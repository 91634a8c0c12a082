import type { AdmissionPlugin } from './plugin';
import { namespaceLifecycle } from './namespace-lifecycle';
import { nodeRestriction } from './node-restriction';
import { nodeTaint } from './node-taint';
import { podDefaults } from './pod-defaults';
import { rbacEscalation } from './rbac-escalation';
import { serviceAccount } from './service-account';
import { serviceAllocation } from './service-allocation';

/** THE REGISTRY: admission plugins in the order they run. */
export const plugins: readonly AdmissionPlugin[] = [namespaceLifecycle, nodeRestriction, serviceAccount, podDefaults, nodeTaint, serviceAllocation, rbacEscalation];
