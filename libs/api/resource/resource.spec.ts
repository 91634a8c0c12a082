import { complaints, created, stepComplaints, texts } from '#lib/api/testing/given-kind';
import { ResourceClaim, ResourceClaimTemplate } from './claims';
import { DeviceClass, ResourceSlice } from './devices';

const EXACT = '{name: gpu, exactly: {deviceClassName: gpu.example.com}}';
const claim = (devices: string): string => `spec: {devices: {${devices}}}`;

describe('claims of devices', () => {
  test.each([
    [
      'a good one',
      `requests: [${EXACT}, {name: any, firstAvailable: [{name: a, deviceClassName: a, allocationMode: All}]}], constraints: [{requests: [gpu, any/a], matchAttribute: example.com/numa}]`,
      [],
    ],
    [
      'a request is of one sort',
      'requests: [{name: a}, {name: b, exactly: {deviceClassName: a}, firstAvailable: [{name: a, deviceClassName: a}]}]',
      [
        'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
        'spec.devices.requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      ],
    ],
    ['a name is used once', `requests: [${EXACT}, ${EXACT}]`, ['spec.devices.requests[1]: Duplicate value: "gpu"']],
    [
      'a class, a count and a mode that fit',
      'requests: [{name: a, exactly: {allocationMode: All, count: 2}}, {name: b, exactly: {deviceClassName: a, count: -1}}, {name: c, exactly: {deviceClassName: a, allocationMode: Some}}]',
      [
        'spec.devices.requests[0].exactly.deviceClassName: Required value',
        "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
        'spec.devices.requests[1].exactly.count: Invalid value: -1: must be greater than zero',
        'spec.devices.requests[2].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
      ],
    ],
    [
      'selectors are expressions',
      `requests: [{name: a, exactly: {deviceClassName: a, selectors: [{}, {cel: {expression: ${'a'.repeat(10_241)}}}]}}]`,
      [
        'spec.devices.requests[0].exactly.selectors[0].cel: Required value',
        'spec.devices.requests[0].exactly.selectors[1].cel.expression: Too long: may not be more than 10240 bytes',
      ],
    ],
    [
      'tolerations are those of taints',
      'requests: [{name: a, exactly: {deviceClassName: a, tolerations: [{key: a, operator: Exists, value: b}, {operator: Like, effect: Sing}]}}]',
      [
        'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "b": must be empty for operator `Exists`',
        'spec.devices.requests[0].exactly.tolerations[1].operator: Unsupported value: "Like": supported values: "Equal", "Exists"',
        'spec.devices.requests[0].exactly.tolerations[1].effect: Unsupported value: "Sing": supported values: "NoExecute", "NoSchedule"',
      ],
    ],
    [
      'constraints name requests and an attribute',
      `requests: [${EXACT}], constraints: [{requests: [cpu], matchAttribute: numa}, {}]`,
      [
        'spec.devices.constraints[0].requests[0]: Invalid value: "cpu": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
        'spec.devices.constraints[0].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
        'spec.devices.constraints[1].matchAttribute: Required value',
      ],
    ],
    [
      'configuration is an object for a driver',
      `requests: [${EXACT}], config: [{}, {opaque: {driver: a, parameters: [1]}}, {opaque: {driver: a}}]`,
      [
        'spec.devices.config[0].opaque: Required value',
        'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
        'spec.devices.config[2].opaque.parameters: Required value',
      ],
    ],
    [
      'at most 32 requests',
      `requests: [${Array.from({ length: 33 }, (_, i) => EXACT.replace('gpu', `g${i}`)).join()}]`,
      ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    ],
  ])('%s', (_, devices, wanted) => {
    expect(complaints(ResourceClaim, claim(devices))).toEqual(wanted);
    expect(complaints(ResourceClaimTemplate, `spec: {${claim(devices)}}`)).toEqual(wanted.map((text) => `spec.${text}`));
  });

  test('stay as they are, and templates set nothing but labels and annotations', () => {
    expect(stepComplaints(ResourceClaim, claim(`requests: [${EXACT}]`), claim(''))).toEqual([
      expect.stringMatching(/^spec: Invalid value: .*: field is immutable$/),
    ]);
    expect(complaints(ResourceClaimTemplate, 'spec: {metadata: {name: a, labels: {a: b}}, spec: {}}')).toEqual([
      'spec.metadata.name: Forbidden: cannot be set',
    ]);
  });

  test('are reserved by users when they were given devices, which they then keep', () => {
    const old = created(ResourceClaim, claim(''));
    const step = (status: object, before: object = {}) =>
      texts(ResourceClaim.validateStatus?.({ ...old, status } as ResourceClaim, { ...old, status: before } as ResourceClaim) ?? []);
    expect(step({ reservedFor: [{ resource: 'pods', name: 'a', uid: '1' }] })).toEqual([
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ]);
    expect(step({ allocation: { a: 1 }, reservedFor: [{ resource: 'pods', name: 'a', uid: '1' }] })).toEqual([]);
    expect(step({ allocation: { a: 1 }, reservedFor: [{ uid: '1' }, { resource: 'pods', name: 'a', uid: '1' }] })).toEqual([
      'status.reservedFor[0].resource: Required value',
      'status.reservedFor[0].name: Required value',
      'status.reservedFor[1]: Duplicate value: "1"',
    ]);
    expect(step({ allocation: { a: 2 } }, { allocation: { a: 1 } })).toEqual([expect.stringContaining('status.allocation: Invalid value')]);
    expect(step({}, { allocation: { a: 1 } })).toEqual([]);
  });
});

describe('device classes', () => {
  test('have selectors, configuration and the name of a resource', () => {
    expect(complaints(DeviceClass, 'spec: {selectors: [{cel: {expression: "true"}}], extendedResourceName: example.com/gpu}')).toEqual([]);
    expect(complaints(DeviceClass, 'spec: {selectors: [{}], config: [{}], extendedResourceName: cpu}')).toEqual([
      'spec.selectors[0].cel: Required value',
      'spec.config[0].opaque: Required value',
      'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
    ]);
  });
});

describe('slices of devices', () => {
  const slice = (more: string): string => `spec: {driver: gpu.example.com, pool: {name: a, generation: 1, resourceSliceCount: 1}, ${more}}`;
  test.each([
    [
      'a good one',
      slice('nodeName: n, devices: [{name: a, attributes: {model: {string: x}, example.com/v: {version: 1.2.3}}, capacity: {memory: {value: 1Gi}}}]'),
      [],
    ],
    [
      'has a driver, a pool and a place',
      'spec: {}',
      [
        'spec.driver: Required value',
        expect.stringContaining('spec.driver: Invalid value: "": a lowercase RFC 1123 subdomain'),
        'spec.pool.name: Required value',
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
      ],
    ],
    [
      'is in one place',
      slice('nodeName: n, allNodes: true'),
      [
        'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [
      'or each device is',
      slice('perDeviceNodeSelection: true, devices: [{name: a}, {name: b, nodeName: n}]'),
      [
        'spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    ],
    [
      'but not both',
      slice('nodeName: n, devices: [{name: a, nodeName: n}]'),
      [
        'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    ],
    [
      'an attribute has one value',
      slice('nodeName: n, devices: [{name: a, attributes: {a/b/c: {string: x, int: 1}, b: {version: v1}}}]'),
      [
        'spec.devices[0].attributes: Invalid value: "a/b/c": must not contain more than one slash',
        'spec.devices[0].attributes[a/b/c]: Invalid value: {"string":"x","int":1}: exactly one value must be specified',
        'spec.devices[0].attributes[b].version: Invalid value: "v1": must be a string compatible with semver.org spec 2.0.0',
      ],
    ],
    [
      'counters and devices come apart',
      slice('nodeName: n, devices: [{name: a, consumesCounters: [{}]}], sharedCounters: [{name: a, counters: {memory: {value: 1Gi}}}]'),
      [
        'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
        'spec.devices[0].consumesCounters[0].counterSet: Required value',
        'spec.devices[0].consumesCounters[0].counters: Required value',
      ],
    ],
    [
      'a taint has an effect',
      slice('nodeName: n, devices: [{name: a, taints: [{key: a}, {key: a, effect: Sing}]}]'),
      [
        'spec.devices[0].taints[0].effect: Required value',
        'spec.devices[0].taints[1].effect: Unsupported value: "Sing": supported values: "NoExecute", "NoSchedule"',
      ],
    ],
  ])('%s', (_, yaml, wanted) => {
    expect(complaints(ResourceSlice, yaml)).toEqual(wanted);
  });

  test('stay with their driver, pool and node', () => {
    expect(stepComplaints(ResourceSlice, slice('nodeName: n'), slice('nodeName: m').replace('name: a', 'name: b'))).toEqual([
      'spec.pool.name: Invalid value: "b": field is immutable',
      'spec.nodeName: Invalid value: "m": field is immutable',
    ]);
  });
});
