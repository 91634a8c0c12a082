import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** What devices have in common that claims ask for by this name. */
export interface DeviceClass extends KubeObject {
  spec: { selectors?: { cel?: { expression: string } }[]; config?: object[]; extendedResourceName?: string };
}

/** Devices that a driver offers. */
export interface ResourceSlice extends KubeObject {
  spec: {
    driver: string;
    pool: { name: string; generation: number; resourceSliceCount: number };
    nodeName?: string;
    nodeSelector?: object;
    allNodes?: boolean;
    perDeviceNodeSelection?: boolean;
    devices?: { name: string }[];
    sharedCounters?: { name: string }[];
  };
}

/** Mirrors pkg/registry/resource/deviceclass/strategy.go. */
export const DeviceClass = defineKind<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  scope: 'Cluster',
  hasGeneration: true,
  defaults(draft) {
    draft.spec ??= {};
  },
  columns: [NAME, AGE],
});

/** Mirrors pkg/registry/resource/resourceslice/strategy.go. */
export const ResourceSlice = defineKind<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  scope: 'Cluster',
  hasGeneration: true,
  selectableFields: { 'spec.nodeName': ({ spec }) => spec.nodeName ?? '', 'spec.driver': ({ spec }) => spec.driver ?? '' },
  columns: [
    NAME,
    { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName ?? '' },
    { name: 'Driver', type: 'string', value: ({ spec }) => spec.driver },
    { name: 'Pool', type: 'string', value: ({ spec }) => spec.pool?.name ?? '' },
    AGE,
  ],
});
