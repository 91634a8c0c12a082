import type { ControllerRevision as WireControllerRevision } from 'kubernetes-types/apps/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type ControllerRevision = Stored<WireControllerRevision>;

export const ControllerRevision = defineKind<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
});
