import type { ServiceAccount as WireServiceAccount } from 'kubernetes-types/core/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type ServiceAccount = Stored<WireServiceAccount>;

export const ServiceAccount = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  scope: 'Namespaced',
  subresources: ['token'],
});
