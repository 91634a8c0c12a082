import type { Deployment as WireDeployment } from 'kubernetes-types/apps/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type Deployment = Stored<WireDeployment>;

export const Deployment = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'scale'],
});
