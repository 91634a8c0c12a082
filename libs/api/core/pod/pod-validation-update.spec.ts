import { errorText } from '#lib/api/field-error';
import type { Subresource } from '#lib/api/kind';
import { Pod } from '#lib/api/core/pod/pod';

const NOW = new Date('2026-01-01T00:00:00Z');

function aPod(spec: Partial<Pod['spec']> = {}, status: Partial<Pod['status']> = {}): Pod {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { containers: [{ name: 'c', image: 'nginx:1', resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } }], ...spec },
  } as Pod;
  Pod.prepareCreate?.(pod, { now: NOW });
  Object.assign(pod.status, status);
  return pod;
}

function step(previous: Pod, change: (pod: Pod) => void, subresource?: Subresource): string[] {
  const draft = structuredClone(previous);
  change(draft);
  Pod.prepareUpdate?.(draft, previous, { now: NOW, subresource });
  Pod.defaults?.(draft);
  if (subresource === 'status') return (Pod.validateStatus?.(draft, previous) ?? []).map(errorText);
  return [...(Pod.validate?.(draft) ?? []), ...(Pod.validateUpdate?.(draft, previous, { now: NOW, subresource }) ?? [])].map(errorText);
}

const first = (pod: Pod) => pod.spec.containers[0] as Pod['spec']['containers'][number];

describe('a pod lets change', () => {
  test.each<[string, Pod, (pod: Pod) => void]>([
    ['nothing at all', aPod(), () => undefined],
    ['labels', aPod(), (pod) => void (pod.metadata.labels = { a: 'b' })],
    ['an image', aPod(), (pod) => void (first(pod).image = 'nginx:2')],
    ['a new deadline', aPod(), (pod) => void (pod.spec.activeDeadlineSeconds = 10)],
    ['a nearer deadline', aPod({ activeDeadlineSeconds: 10 }), (pod) => void (pod.spec.activeDeadlineSeconds = 5)],
    ['more tolerations', aPod(), (pod) => void (pod.spec.tolerations = [{ operator: 'Exists' }])],
    [
      'how long it tolerates',
      aPod({ tolerations: [{ key: 'a', effect: 'NoExecute' }] }),
      (pod) => void (pod.spec.tolerations = [{ key: 'a', effect: 'NoExecute', tolerationSeconds: 3 }]),
    ],
    ['a negative grace period into one second', aPod({ terminationGracePeriodSeconds: -5 }), (pod) => void (pod.spec.terminationGracePeriodSeconds = 1)],
    ['its gates, down', aPod({ schedulingGates: [{ name: 'a' }, { name: 'b' }] }), (pod) => void (pod.spec.schedulingGates = [{ name: 'b' }])],
    ['its node selector while gated', aPod({ schedulingGates: [{ name: 'a' }] }), (pod) => void (pod.spec.nodeSelector = { disk: 'ssd' })],
  ])('%s', (_what, pod, change) => expect(step(pod, change)).toEqual([]));
});

describe('a pod refuses', () => {
  test.each<[string, Pod, (pod: Pod) => void, string]>([
    [
      'more containers',
      aPod(),
      (pod) => void pod.spec.containers.push({ name: 'd', image: 'x' }),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    [
      'a later deadline',
      aPod({ activeDeadlineSeconds: 5 }),
      (pod) => void (pod.spec.activeDeadlineSeconds = 10),
      'spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value',
    ],
    [
      'fewer tolerations',
      aPod({ tolerations: [{ operator: 'Exists' }] }),
      (pod) => void delete pod.spec.tolerations,
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    [
      'new gates',
      aPod({ schedulingGates: [{ name: 'a' }] }),
      (pod) => void pod.spec.schedulingGates?.push({ name: 'b' }),
      "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    ],
    [
      'a wider node selector while gated',
      aPod({ schedulingGates: [{ name: 'a' }], nodeSelector: { a: '1' } }),
      (pod) => void (pod.spec.nodeSelector = { b: '1' }),
      'spec.nodeSelector: Invalid value: {"b":"1"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  ])('%s', (_what, pod, change, text) => expect(step(pod, change)).toContain(text));

  test('everything else, and shows what', () => {
    const [text] = step(aPod({ hostname: 'a' }), (pod) => void (pod.spec.hostname = 'b'));
    expect(text).toBe(
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
        '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
        '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n' +
        '  core.PodSpec{\n- \tHostname: "a",\n+ \tHostname: "b",\n  \t... // 7 identical fields\n  }\n',
    );
  });

  test('its node through an update', () => {
    expect(step(aPod(), (pod) => void (pod.spec.nodeName = 'n'))[0]).toMatch(/^spec: Forbidden: pod updates may not change fields/);
  });
});

describe('while a pod is gated its node affinity', () => {
  const terms = (...values: string[]) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: values.map((value) => ({ key: 'zone', operator: 'In', values: [value] })) }],
      },
    },
  });
  const gated = (affinity?: Pod['spec']['affinity']) => aPod({ schedulingGates: [{ name: 'a' }], ...(affinity && { affinity }) });
  const to = (affinity?: Pod['spec']['affinity']) => (pod: Pod) => void (affinity ? (pod.spec.affinity = affinity) : delete pod.spec.affinity);
  const PATH = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

  test('may come', () => expect(step(gated(), to(terms('a')))).toEqual([]));
  test('may get narrower', () => expect(step(gated(terms('a')), to(terms('a', 'b')))).toEqual([]));
  test('may not get wider', () => {
    expect(step(gated(terms('a')), to(terms('b')))[0]).toMatch(`${PATH}[0]: Invalid value: {"matchExpressions"`);
    expect(step(gated(terms('a')), to())).toEqual([`${PATH}: Invalid value: []: no additions/deletions to non-empty NodeSelectorTerms list are allowed`]);
  });
  test('is the only affinity that may change', () => {
    const anti = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: {} }] } };
    expect(step(gated(), to({ ...terms('a'), ...anti }))[0]).toMatch(/^spec: Forbidden/);
  });
  test('may not change without gates', () => expect(step(aPod(), to(terms('a')))[0]).toMatch(/^spec: Forbidden/));
});

describe('the status', () => {
  const ended = aPod({ restartPolicy: 'Never' }, { containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 1 } } } as never] });

  test('does not bring an ended container back', () => {
    const revive = (pod: Pod): void => void (pod.status.containerStatuses = [{ name: 'c', state: { running: {} } } as never]);
    expect(step(ended, revive, 'status')).toEqual(['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']);
    expect(step(aPod({}, ended.status), revive, 'status')).toEqual([]);
  });

  test('keeps the quality of service', () => {
    expect(step(aPod(), (pod) => void (pod.status.qosClass = 'BestEffort'), 'status')).toEqual([
      'status.qosClass: Invalid value: "BestEffort": field is immutable',
    ]);
  });

  test('has one address of each family', () => {
    const set = (...ips: string[]) => step(aPod(), (pod) => void (pod.status.podIPs = ips.map((ip) => ({ ip }))), 'status');
    expect(set('10.0.0.1', '2001:db8::1')).toEqual([]);
    expect(set('10.0.0.1', '10.0.0.2')).toEqual([expect.stringMatching(/may specify no more than one IP for each IP family$/)]);
    expect(set('ten')).toEqual(['status.podIPs[0]: Invalid value: "ten": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
  });
});

describe('ephemeral containers', () => {
  const running = aPod();
  running.spec.ephemeralContainers = [{ name: 'debug', image: 'busybox' }];
  Pod.defaults?.(running);

  test('are added through their subresource, and nothing else is', () => {
    const draft = structuredClone(running);
    draft.spec.ephemeralContainers?.push({ name: 'more', image: 'busybox', targetContainerName: 'c' });
    draft.spec.hostname = 'other';
    Pod.prepareUpdate?.(draft, running, { now: NOW, subresource: 'ephemeralcontainers' });
    expect(draft.spec.hostname).toBeUndefined();
    expect(draft.spec.ephemeralContainers).toHaveLength(2);
    expect(step(running, (pod) => void pod.spec.ephemeralContainers?.push({ name: 'more', image: 'busybox' }), 'ephemeralcontainers')).toEqual([]);
  });

  test('do not change or go', () => {
    const changed = step(running, (pod) => void (pod.spec.ephemeralContainers = [{ name: 'debug', image: 'alpine' }]), 'ephemeralcontainers');
    expect(changed[0]).toMatch(/^spec\.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n/);
    const gone = step(running, (pod) => void (pod.spec.ephemeralContainers = []), 'ephemeralcontainers');
    expect(gone).toEqual(['spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n']);
  });

  test('are not added by an update', () => {
    expect(step(aPod(), (pod) => void (pod.spec.ephemeralContainers = [{ name: 'e', image: 'x' }]))[0]).toMatch(/^spec: Forbidden/);
  });
});

describe('a resize', () => {
  const resize = (change: (pod: Pod) => void): string[] => step(aPod(), change, 'resize');
  test('changes cpu', () =>
    expect(resize((pod) => void (first(pod).resources = { requests: { cpu: '2', memory: '1Gi' }, limits: { memory: '1Gi' } }))).toEqual([]));
  test('does not take a request away', () => {
    expect(resize((pod) => void (first(pod).resources = { limits: { memory: '1Gi' } }))).toContain(
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    );
  });
  test('does not shrink the memory of a running process', () => {
    expect(resize((pod) => void (first(pod).resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '512Mi' } }))).toContain(
      'spec.containers[0].resources.limits[memory]: Forbidden: memory limits cannot be decreased unless resizePolicy is RestartContainer',
    );
  });
  test('changes sidecars but no other init containers', () => {
    const init = (restartPolicy?: string) =>
      aPod({ initContainers: [{ name: 'i', image: 'x', resources: { requests: { cpu: '1' } }, ...(restartPolicy && { restartPolicy }) }] });
    const more = (pod: Pod): void =>
      void (pod.spec.initContainers = [{ ...(pod.spec.initContainers?.[0] as { name: string }), resources: { requests: { cpu: '2' } } }]);
    expect(step(init('Always'), more, 'resize')).toEqual([]);
    expect(step(init(), more, 'resize')).toEqual(['spec: Forbidden: resources for non-sidecar init containers are immutable']);
  });
  test('takes no request away from a sidecar', () => {
    const pod = aPod({ initContainers: [{ name: 'i', image: 'x', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } }] });
    expect(step(pod, (it) => void (it.spec.initContainers = [{ ...(it.spec.initContainers?.[0] as { name: string }), resources: {} }]), 'resize')).toEqual([
      'spec.initContainers[0].resources.requests: Forbidden: resource requests cannot be removed',
    ]);
  });
  test('does not change the quality of service', () => {
    const pod = aPod({ containers: [{ name: 'c', image: 'x' }] });
    expect(step(pod, (it) => void (first(it).resources = { requests: { cpu: '1' } }), 'resize')).toContain(
      'spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing',
    );
  });
  test('leaves other resources alone', () => {
    expect(
      resize((pod) => void (first(pod).resources = { requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' }, limits: { memory: '1Gi' } })),
    ).toEqual(['spec: Forbidden: only cpu and memory resources are mutable']);
  });
});
