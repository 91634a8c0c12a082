import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { validateAPIService, validateAPIServiceStatus } from './apiservice-validation';

/** One condition of an APIService. */
export interface APIServiceCondition {
  type: string;
  status: string;
  /** RFC 3339. */
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** Where an extension server is found. */
export interface ExtensionService {
  namespace: string;
  name: string;
  /** Of the service, not of what stands behind it. Default 443. */
  port?: number;
}

/** Who serves one version of an API group: this server, or a service in the cluster. */
export interface APIService extends KubeObject {
  spec: {
    service?: ExtensionService;
    group?: string;
    version?: string;
    insecureSkipTLSVerify?: boolean;
    /** PEM in base64. */
    caBundle?: string;
    groupPriorityMinimum: number;
    versionPriority: number;
  };
  status: { conditions?: APIServiceCondition[] };
}

/** Marks those that are kept for what this server serves itself: `onstart` ones are put right at a start, `true` ones always. */
export const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';

/** Mirrors kube-aggregator/pkg/registry/apiservice/strategy.go. */
export const APIService = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  categories: ['api-extensions'],
  scope: 'Cluster',
  subresources: ['status'],
  hasGeneration: false,
  nameRule: 'path', // v1. has a dot at its end

  prepareCreate(draft, { now }) {
    // What this server serves itself is there at once.
    draft.status = draft.spec?.service ? {} : { conditions: [{ ...LOCAL, lastTransitionTime: rfc3339(now) }] };
  },
  defaults(draft) {
    draft.spec ??= { groupPriorityMinimum: 0, versionPriority: 0 };
    if (draft.spec.service) draft.spec.service.port ??= 443;
  },
  validate: validateAPIService,
  validateStatus: validateAPIServiceStatus,

  columns: [
    NAME,
    { name: 'Service', type: 'string', value: ({ spec }) => (spec.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local') },
    { name: 'Available', type: 'string', value: availability },
    AGE,
  ],
});

/** What is said of those that this server serves itself. */
export const LOCAL: APIServiceCondition = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

/** Whether it can be served, and why not. */
export const availableCondition = ({ status }: APIService): APIServiceCondition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Available');

/** True for one that a service serves and that was found to answer. */
export const isAvailable = (service: APIService): boolean => availableCondition(service)?.status === 'True';

function availability(service: APIService): string {
  const condition = availableCondition(service);
  if (!condition) return 'Unknown';
  return condition.status === 'True' || !condition.reason ? condition.status : `${condition.status} (${condition.reason})`;
}
