import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { validateDeviceClass } from './claim-validation';
import { validateSlice, validateSliceStep } from './slice-validation';

/** What devices have in common that claims ask for by this name. */
export interface DeviceClass extends KubeObject {
  spec: { selectors?: { cel?: { expression: string } }[]; config?: object[]; extendedResourceName?: string };
}

/** One property of a device: a value of one of these kinds. */
export interface DeviceAttribute {
  bool?: boolean;
  int?: number;
  string?: string;
  version?: string;
}

/** Why a device should be left alone. */
export interface DeviceTaint {
  key?: string;
  value?: string;
  effect?: string;
}

/** Counters of a set (`name`), or what a device takes of them (`counterSet`). */
export interface Counted {
  name?: string;
  counterSet?: string;
  counters?: Record<string, { value?: string }>;
}

/** One device of a slice. */
export interface Device {
  name: string;
  attributes?: Record<string, DeviceAttribute>;
  capacity?: Record<string, { value?: string; requestPolicy?: object }>;
  consumesCounters?: Counted[];
  nodeName?: string;
  nodeSelector?: object;
  allNodes?: boolean;
  taints?: DeviceTaint[];
  allowMultipleAllocations?: boolean;
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
    devices?: Device[];
    sharedCounters?: Counted[];
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
  validate: validateDeviceClass,
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
  validate: validateSlice,
  validateUpdate: validateSliceStep,
  selectableFields: { 'spec.nodeName': ({ spec }) => spec.nodeName ?? '', 'spec.driver': ({ spec }) => spec.driver ?? '' },
  columns: [
    NAME,
    { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName ?? '' },
    { name: 'Driver', type: 'string', value: ({ spec }) => spec.driver },
    { name: 'Pool', type: 'string', value: ({ spec }) => spec.pool?.name ?? '' },
    AGE,
  ],
});
