import type {
  CustomResourceDefinition as WireDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionVersion,
} from 'kubernetes-types/apiextensions/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { definitionErrors, definitionUpdateErrors, definitionStatusErrors } from './definition-validation';
import type { JsonSchema } from './json-schema';

/** Makes a kind: the API server serves what it describes. */
export type CustomResourceDefinition = Stored<WireDefinition>;

/** One version of what a definition describes. */
export type DefinedVersion = CustomResourceDefinitionVersion & { readonly selectableFields?: readonly { readonly jsonPath: string }[] };

/** Holds a definition that is being deleted until its objects are gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

/** What the objects of a version consist of. */
export const schemaOf = (version: DefinedVersion): JsonSchema | undefined => version.schema?.openAPIV3Schema as JsonSchema | undefined;

/** The version that objects are stored in. */
export const storageVersion = ({ spec }: CustomResourceDefinition): DefinedVersion | undefined =>
  spec.versions.find(({ storage }) => storage);

/** A condition of a definition. */
export const conditionOf = (definition: CustomResourceDefinition, type: string): CustomResourceDefinitionCondition | undefined =>
  definition.status?.conditions?.find((condition) => condition.type === type);

/** Whether it is served. */
export const isEstablished = (definition: CustomResourceDefinition): boolean => conditionOf(definition, 'Established')?.status === 'True';

/** The conditions with this one set; its time moves when its status does. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>,
  now: Date,
): CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = old && old.status === condition.status ? old.lastTransitionTime : rfc3339(now);
  const next = { ...condition, lastTransitionTime } as CustomResourceDefinitionCondition;
  return old ? conditions.map((each) => (each === old ? next : each)) : [...conditions, next];
}

function rememberStorage(draft: CustomResourceDefinition): void {
  const stored = draft.status.storedVersions ?? [];
  const name = storageVersion(draft)?.name;
  if (name !== undefined && !stored.includes(name)) draft.status = { ...draft.status, storedVersions: [...stored, name] };
}

/** Mirrors apiextensions-apiserver/pkg/registry/customresourcedefinition and pkg/apis/apiextensions/v1/defaults.go. */
export const CustomResourceDefinition = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  subresources: ['status'],

  prepareCreate(draft) {
    draft.status = { acceptedNames: { kind: '', plural: '' }, conditions: [], storedVersions: [] };
    if (draft.spec?.versions) rememberStorage(draft);
  },

  prepareUpdate(draft, _previous, { subresource }) {
    if (subresource !== 'status') rememberStorage(draft);
  },

  defaults(draft) {
    const { spec } = draft;
    const { names } = spec;
    if (names?.kind) {
      spec.names = { ...names, singular: names.singular || names.kind.toLowerCase(), listKind: names.listKind || `${names.kind}List` };
    }
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service && service.port === undefined) service.port = 443;
  },

  validate: definitionErrors,
  validateUpdate: definitionUpdateErrors,
  validateStatus: definitionStatusErrors,

  /** The objects go first: the controller sees to it, and then takes the finalizer away. */
  whenAskedToGo(draft) {
    const { finalizers = [] } = draft.metadata;
    if (!finalizers.includes(CLEANUP)) draft.metadata.finalizers = [...finalizers, CLEANUP];
    const condition = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will occur as soon as possible',
    };
    const at = new Date(draft.metadata.deletionTimestamp ?? 0);
    draft.status = { ...draft.status, conditions: withCondition(draft.status.conditions ?? [], condition, at) };
  },
});
