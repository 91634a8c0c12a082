import type { Namespace as WireNamespace } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { invalid } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import { isBeingDeleted, type Stored } from '#lib/api/meta';
import { isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';

/** A room for objects; its deletion takes them along. */
export type Namespace = Stored<WireNamespace>;

/** The label that carries a namespace's own name, so that selectors can pick it. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * Mirrors pkg/registry/core/namespace/strategy.go. A namespace lives until `spec.finalizers` is empty, which only its
 * `finalize` subresource can bring about.
 */
export const Namespace = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: ['status', 'finalize'],
  nameRule: 'label',
  hasGeneration: false,

  prepareCreate(draft) {
    const finalizers = draft.spec?.finalizers ?? [];
    draft.spec = { ...draft.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
    draft.status = { phase: 'Active' };
  },

  prepareUpdate(draft, previous, { subresource }) {
    if (subresource === 'finalize') return;
    draft.spec = { ...draft.spec };
    if (previous.spec.finalizers) draft.spec.finalizers = previous.spec.finalizers;
    else delete draft.spec.finalizers;
  },

  defaults(draft) {
    const { name, labels } = draft.metadata;
    if (name && labels?.[NAME_LABEL] !== name) draft.metadata.labels = { ...labels, [NAME_LABEL]: name };
  },

  validate: (namespace) =>
    (namespace.spec.finalizers ?? []).flatMap((name, i) => [
      ...obeys(`spec.finalizers[${i}]`, name, isQualifiedName),
      ...(name.includes('/') || STANDARD_FINALIZERS.has(name)
        ? []
        : [invalid(`spec.finalizers[${i}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')]),
    ]),

  validateStatus(namespace) {
    const phase = namespace.status.phase;
    if (isBeingDeleted(namespace)) {
      return phase === 'Terminating'
        ? []
        : [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
    }
    return phase === 'Active' ? [] : [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  },

  whenAskedToGo(draft) {
    draft.status = { ...draft.status, phase: 'Terminating' };
  },

  holdsDeletion: (namespace) => (namespace.spec.finalizers ?? []).length > 0,

  selectableFields: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  columns: [NAME, { name: 'Status', type: 'string', value: (namespace) => namespace.status?.phase ?? '' }, AGE],
});

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);
