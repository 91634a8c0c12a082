import type { ReplicaSet as WireReplicaSet } from 'kubernetes-types/apps/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type ReplicaSet = Stored<WireReplicaSet>;

export const ReplicaSet = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status', 'scale'],
});
