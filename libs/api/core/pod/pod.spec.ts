import { Pod } from '#lib/api/core/pod/pod';
import { bindingProblem, bindPod } from '#lib/api/core/pod/pod-binding';
import { podTemplateWarnings } from '#lib/api/core/pod/pod-warnings';

const NOW = new Date('2026-01-01T00:00:00Z');
const aPod = (spec: object = {}, status: object = {}, metadata: object = {}): Pod =>
  ({ metadata: { name: 'p', ...metadata }, spec: { containers: [{ name: 'c', image: 'x' }], ...spec }, status }) as unknown as Pod;

describe('a delete waits', () => {
  test.each<[string, Pod, number | undefined, number]>([
    ['for nothing before the pod has a node', aPod({ terminationGracePeriodSeconds: 30 }), 60, 0],
    ['as long as the pod says', aPod({ nodeName: 'n', terminationGracePeriodSeconds: 30 }), undefined, 30],
    ['as long as the user asks', aPod({ nodeName: 'n', terminationGracePeriodSeconds: 30 }), 5, 5],
    ['not at all when forced', aPod({ nodeName: 'n', terminationGracePeriodSeconds: 30 }), 0, 0],
    ['not for a pod that has ended', aPod({ nodeName: 'n', terminationGracePeriodSeconds: 30 }, { phase: 'Failed' }), 10, 0],
    ['a second when the wish is negative', aPod({ nodeName: 'n' }), -3, 1],
  ])('%s', (_what, pod, asked, seconds) => expect(Pod.gracePeriod?.(pod, asked)).toBe(seconds));
});

test('field selectors see the pod as upstream does', () => {
  const pod = aPod({ nodeName: 'n', restartPolicy: 'Never', hostNetwork: true }, { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] });
  const fields = Object.fromEntries(Object.entries(Pod.selectableFields ?? {}).map(([name, value]) => [name, value(pod)]));
  expect(fields).toEqual({
    'spec.nodeName': 'n',
    'spec.restartPolicy': 'Never',
    'spec.schedulerName': '',
    'spec.serviceAccountName': '',
    'spec.hostNetwork': 'true',
    'status.phase': 'Running',
    'status.podIP': '10.0.0.1',
    'status.podIPs': '10.0.0.1',
    'status.nominatedNodeName': '',
  });
});

test('an agent hears of the pods of its node', () => {
  expect([Pod.route?.(aPod({ nodeName: 'n' })), Pod.route?.(aPod()), Pod.indexes?.node?.(aPod())]).toEqual(['n', '_', '']);
});

test('a gated pod says from the start why it is not scheduled', () => {
  const pod = aPod({ schedulingGates: [{ name: 'a' }] });
  pod.metadata.generation = 1;
  Pod.prepareCreate?.(pod, { now: NOW });
  expect(pod.status.conditions).toEqual([
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
      observedGeneration: 1,
    },
  ]);
});

test('affinity to pods of the same label value is spelt out on create', () => {
  const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'a' } }, matchLabelKeys: ['hash', 'none'], mismatchLabelKeys: ['tenant'] };
  const pod = aPod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }, {}, { labels: { hash: '1', tenant: 't' } });
  Pod.prepareCreate?.(pod, { now: NOW });
  expect(pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector?.matchExpressions).toEqual([
    { key: 'hash', operator: 'In', values: ['1'] },
    { key: 'tenant', operator: 'NotIn', values: ['t'] },
  ]);
});

test('a status update keeps the owners', () => {
  const previous = aPod({}, {}, { ownerReferences: [{ uid: 'o' }] });
  const draft = aPod({}, {}, { ownerReferences: [] });
  Pod.prepareUpdate?.(draft, previous, { now: NOW, subresource: 'status' });
  expect(draft.metadata.ownerReferences).toEqual([{ uid: 'o' }]);
});

test('one address and the list of addresses agree', () => {
  const [one, list, both] = [
    aPod({}, { podIP: '10.0.0.1' }),
    aPod({}, { podIPs: [{ ip: '10.0.0.2' }] }),
    aPod({}, { podIP: '10.0.0.3', podIPs: [{ ip: '10.0.0.4' }] }),
  ];
  for (const pod of [one, list, both]) Pod.defaults?.(pod);
  expect([one.status.podIPs, list.status.podIP, both.status.podIPs]).toEqual([[{ ip: '10.0.0.1' }], '10.0.0.2', [{ ip: '10.0.0.3' }]]);
});

describe('a binding', () => {
  test('puts the pod on its node', () => {
    const bound = bindPod(aPod(), { metadata: { annotations: { a: 'b' } }, target: { name: 'n' } }, NOW);
    expect(bound).toMatchObject({
      metadata: { annotations: { a: 'b' } },
      spec: { nodeName: 'n' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    });
  });
  test.each<[string, Pod, string | undefined]>([
    ['works', aPod(), undefined],
    ['happens once', aPod({ nodeName: 'n' }), 'pod p is already assigned to node "n"'],
    ['waits for gates', aPod({ schedulingGates: [{ name: 'a' }] }), 'pod p has non-empty .spec.schedulingGates'],
    ['is not for pods that go', aPod({}, {}, { deletionTimestamp: 'x' }), 'pod p is being deleted, cannot be assigned to a host'],
  ])('%s', (_what, pod, problem) => expect(bindingProblem(pod)).toBe(problem));
});

describe('warnings', () => {
  const of = (spec: object, metadata: object = {}) => Pod.warnings?.(aPod(spec, {}, metadata), undefined);
  const containers = (container: object) => ({ containers: [{ name: 'c', ...container }] });
  test.each<[string, object, string[]]>([
    [
      'a variable that hides another',
      containers({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
      ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'no variable that extends another',
      containers({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '$(A)2' },
        ],
      }),
      [],
    ],
    [
      'half a byte',
      containers({ resources: { requests: { memory: '500m' } } }),
      ['spec.containers[0].resources.requests[memory]: fractional byte value "500m" is invalid, must be an integer'],
    ],
    [
      'a port given twice',
      containers({
        ports: [
          { containerPort: 1, protocol: 'TCP' },
          { containerPort: 1, protocol: 'TCP' },
        ],
      }),
      ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
    ],
    [
      'a port that another container has',
      { containers: ['a', 'b'].map((name, i) => ({ name, ports: [{ containerPort: 1, protocol: 'TCP', hostPort: i }] })) },
      ['spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]'],
    ],
    [
      'a port of any and of one address',
      { containers: ['', '1.1.1.1'].map((hostIP) => ({ name: 'c', ports: [{ containerPort: 1, protocol: 'TCP', hostPort: 2, hostIP }] })) },
      ['spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[0]'],
    ],
    [
      'no port of another protocol',
      containers({
        ports: [
          { containerPort: 1, protocol: 'TCP' },
          { containerPort: 1, protocol: 'UDP' },
        ],
      }),
      [],
    ],
    [
      'a volume that no longer works',
      {
        volumes: [
          { name: 'v', storageos: {} },
          { name: 'w', emptyDir: {} },
        ],
      },
      ['spec.volumes[0].storageOS: deprecated in v1.22, non-functional in v1.25+'],
    ],
    ['a pull secret given twice', { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }, ['spec.imagePullSecrets[1].name: duplicate name "a"']],
    [
      'an affinity without selector',
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a' }] } } },
      ['spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
    [
      'an old label',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'a negative grace period',
      { terminationGracePeriodSeconds: -1 },
      ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
    ],
    [
      'a spread without selector',
      { topologySpreadConstraints: [{ topologyKey: 'zone' }] },
      ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
  ])('tell of %s', (_what, spec, expected) => expect(of(spec)).toEqual(expected));

  test('tell of names that are no host names', () => {
    expect(of({}, { name: 'a.b' })).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ]);
  });
  test('are for new pods', () => expect(Pod.warnings?.(aPod({ terminationGracePeriodSeconds: -1 }), aPod())).toEqual([]));
  test('stand at their place in a template', () => {
    expect(podTemplateWarnings({ spec: { containers: [], hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }] } }, 'spec.template')).toEqual([
      'spec.template.spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
    ]);
  });
});
