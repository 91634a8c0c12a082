import type { FlowSchema as WireFlowSchema } from 'kubernetes-types/flowcontrol/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { validateFlowSchema, validateFlowSchemaStatus } from './flow-validation';

/** Which requests belong together, and at which level they are served. */
export type FlowSchema = Stored<WireFlowSchema>;

/** Mirrors pkg/registry/flowcontrol/flowschema/strategy.go, SetDefaults_FlowSchemaSpec and ValidateFlowSchema. */
export const FlowSchema = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  scope: 'Cluster',
  subresources: ['status'],
  prepareCreate(draft) {
    draft.status = {};
  },
  defaults(draft) {
    draft.spec ??= { priorityLevelConfiguration: { name: '' } };
    draft.spec.matchingPrecedence ||= 1000;
  },
  validate: validateFlowSchema,
  validateStatus: validateFlowSchemaStatus,
  columns: [
    NAME,
    { name: 'PriorityLevel', type: 'string', value: ({ spec }) => spec.priorityLevelConfiguration?.name ?? '' },
    { name: 'MatchingPrecedence', type: 'string', value: ({ spec }) => spec.matchingPrecedence ?? 0 },
    { name: 'DistinguisherMethod', type: 'string', value: ({ spec }) => spec.distinguisherMethod?.type ?? '<none>' },
    AGE,
    {
      name: 'MissingPL',
      type: 'string',
      value: ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    },
  ],
});
