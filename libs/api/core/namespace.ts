import type { Namespace as WireNamespace } from 'kubernetes-types/core/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type Namespace = Stored<WireNamespace>;

export const Namespace = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  subresources: ['status', 'finalize'],
});
