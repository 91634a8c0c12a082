import type { Endpoints as WireEndpoints } from 'kubernetes-types/core/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type Endpoints = Stored<WireEndpoints>;

export const Endpoints = defineKind<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
});
