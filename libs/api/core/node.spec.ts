import { errorText } from '#lib/api/field-error';
import { Node } from '#lib/api/core/node';
import { addNotReadyTaint } from '#lib/api/core/node-admission';

const NOW = new Date('2026-01-01T01:00:00Z');
const aNode = (spec: object = {}, status: object = {}, labels: Record<string, string> = {}): Node =>
  ({ metadata: { name: 'n', creationTimestamp: '2026-01-01T00:00:00Z', labels }, spec, status }) as unknown as Node;
const row = (node: Node) => (Node.columns ?? []).map((column) => column.value(node, NOW));

describe('columns', () => {
  test('of a node that nobody knows', () => {
    expect(row(aNode())).toEqual(['n', 'Unknown', '<none>', '60m', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>']);
  });

  test('of a node in full service', () => {
    const status = {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'InternalIP', address: '10.0.0.2' },
        { type: 'ExternalIP', address: '1.2.3.4' },
      ],
      nodeInfo: { kubeletVersion: 'v1.33.0', osImage: 'Debian', kernelVersion: '6', containerRuntimeVersion: 'containerd://2' },
    };
    const labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/': '', 'kubernetes.io/role': 'control-plane' };
    expect(row(aNode({}, status, labels))).toEqual([
      'n',
      'Ready',
      'control-plane,worker',
      '60m',
      'v1.33.0',
      '10.0.0.1',
      '1.2.3.4',
      'Debian',
      '6',
      'containerd://2',
    ]);
  });

  test.each([
    ['False', 'NotReady'],
    ['Unknown', 'NotReady'],
  ])('with Ready %s say %s, and that it is cordoned', (status, text) => {
    expect(row(aNode({ unschedulable: true }, { conditions: [{ type: 'Ready', status }] }))[1]).toBe(`${text},SchedulingDisabled`);
  });
});

describe('a node complains about', () => {
  const taint = { key: 'a', effect: 'NoSchedule' };
  test.each<[string, object, object, string[]]>([
    [
      'the effect of a taint',
      { taints: [{ key: 'a', effect: 'Maybe' }] },
      {},
      ['metadata.taints[0].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
    ],
    ['a taint without effect', { taints: [{ key: 'a' }] }, {}, ['metadata.taints[0].effect: Required value']],
    [
      'the same taint twice',
      { taints: [taint, taint] },
      {},
      ['metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair'],
    ],
    [
      'a range of addresses',
      { podCIDRs: ['10.0.0.0'] },
      {},
      ['spec.podCIDRs[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ],
    [
      'two ranges of one family',
      { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] },
      {},
      ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family'],
    ],
    ['half a pod', {}, { capacity: { pods: '500m' } }, ['status.capacity.pods: Invalid value: "500m": must be an integer']],
  ])('%s', (_what, spec, status, expected) => expect(Node.validate?.(aNode(spec, status)).map(errorText)).toEqual(expected));
});

describe('a node keeps', () => {
  const step = (before: object, after: object) => Node.validateUpdate?.(aNode(after), aNode(before)).map(errorText);
  test('its range of addresses', () => {
    expect(step({}, { podCIDRs: ['10.0.0.0/24'] })).toEqual([]);
    expect(step({ podCIDRs: ['10.0.0.0/24'] }, { podCIDRs: ['10.0.1.0/24'] })).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
  });
  test('its provider', () => {
    expect(step({ providerID: 'a' }, { providerID: 'b' })).toEqual([
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
  });
  test('every address once', () => {
    const addresses = [
      { type: 'InternalIP', address: 'x' },
      { type: 'InternalIP', address: 'x' },
    ];
    expect(Node.validateStatus?.(aNode({}, { addresses }), aNode()).map(errorText)).toEqual([
      'status.addresses[1]: Duplicate value: {"type":"InternalIP","address":"x"}',
    ]);
  });
});

test('defaults complete what a node says of itself', () => {
  const node = aNode({ podCIDR: '10.0.0.0/24' }, { capacity: { cpu: '4000m' } });
  Node.defaults?.(node);
  expect(node.spec.podCIDRs).toEqual(['10.0.0.0/24']);
  expect(node.status).toEqual({ capacity: { cpu: '4' }, allocatable: { cpu: '4' } });
});

test('a new node is not ready', () => {
  const node = aNode();
  addNotReadyTaint(node);
  addNotReadyTaint(node);
  expect(node.spec.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
});

test('cordoned nodes can be selected', () => {
  const of = (node: Node) => Node.selectableFields?.['spec.unschedulable']?.(node);
  expect([of(aNode()), of(aNode({ unschedulable: true }))]).toEqual(['false', 'true']);
});
