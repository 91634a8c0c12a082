import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { validateAPIService, validateAPIServiceStatus } from './apiservice-validation';

/** One condition of an APIService. */
export interface APIServiceCondition {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** Who serves one version of an API group: this server, or a service in the cluster. */
export interface APIService extends KubeObject {
  spec: {
    service?: { namespace?: string; name?: string; port?: number };
    group?: string;
    version?: string;
    insecureSkipTLSVerify?: boolean;
    caBundle?: string;
    groupPriorityMinimum: number;
    versionPriority: number;
  };
  status: { conditions?: APIServiceCondition[] };
}

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

  prepareCreate(draft) {
    // What this server serves itself is there at once.
    draft.status = draft.spec?.service ? {} : { conditions: [LOCAL] };
  },
  defaults(draft) {
    draft.spec ??= { groupPriorityMinimum: 0, versionPriority: 0 };
    if (draft.spec.service) draft.spec.service.port ??= 443;
  },

  nameRule: 'path',
  validate: validateAPIService,
  validateStatus: validateAPIServiceStatus,
  columns: [
    NAME,
    { name: 'Service', type: 'string', value: ({ spec }) => (spec.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local') },
    { name: 'Available', type: 'string', value: availability },
    AGE,
  ],
});

const LOCAL: APIServiceCondition = { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' };

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' || !condition.reason ? condition.status : `${condition.status} (${condition.reason})`;
}
