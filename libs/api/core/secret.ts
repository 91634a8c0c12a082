import type { Secret as WireSecret } from 'kubernetes-types/core/v1';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

export type Secret = Stored<WireSecret>;

export const Secret = defineKind<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
});
