import type { ControllerRevision as WireControllerRevision } from 'kubernetes-types/apps/v1';
import { AGE, NAME } from '#lib/api/columns';
import { required } from '#lib/api/field-error';
import { defineKind } from '#lib/api/kind';
import { controllerOf, type KubeObject, type Stored } from '#lib/api/meta';
import { validateImmutable, validateNonnegative } from '#lib/api/validation/meta';

/** One earlier template of a StatefulSet or DaemonSet. */
export type ControllerRevision = Stored<WireControllerRevision>;

/** Mirrors pkg/registry/apps/controllerrevision/strategy.go: its data never changes. */
export const ControllerRevision = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',

  validate: (revision) => [
    ...(revision.data ? [] : [required('data', 'data is mandatory')]),
    ...validateNonnegative(revision.revision, 'revision'),
  ],
  validateUpdate: (revision, previous) => validateImmutable(revision.data, previous.data, 'data'),

  columns: [
    NAME,
    { name: 'Controller', type: 'string', value: controllerName },
    { name: 'Revision', type: 'string', value: (revision) => revision.revision },
    AGE,
  ],
});

/** `statefulset.apps/web`. */
function controllerName(object: KubeObject): string {
  const owner = controllerOf(object);
  if (!owner) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
