import type { ComponentStatus as WireComponentStatus } from 'kubernetes-types/core/v1';
import { NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

/** Whether a part of the control plane is healthy: made when it is asked for, never stored. */
export type ComponentStatus = Stored<WireComponentStatus>;

const healthOf = ({ conditions }: ComponentStatus) => conditions?.find(({ type }) => type === 'Healthy');

/** Mirrors pkg/registry/core/componentstatus and printComponentStatus. */
export const ComponentStatus = defineKind<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  scope: 'Cluster',
  verbs: ['get', 'list'],
  view: true,
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    NAME,
    { name: 'Status', type: 'string', value: (object) => WORDS[healthOf(object)?.status ?? ''] ?? 'Unknown' },
    { name: 'Message', type: 'string', value: (object) => healthOf(object)?.message ?? '' },
    { name: 'Error', type: 'string', value: (object) => healthOf(object)?.error ?? '' },
  ],
});

const WORDS: Readonly<Record<string, string>> = { True: 'Healthy', False: 'Unhealthy' };
