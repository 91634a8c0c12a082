import { errorText } from '#lib/api/field-error';
import { podTemplateDefaults } from '#lib/api/core/pod/pod-defaults';
import type { Container, PodSpec, Volume } from '#lib/api/core/pod/pod-types';
import { validateBinding, validatePodTemplateSpec } from '#lib/api/core/pod/pod-validation';
import { complaints, complaintsOfContainer, complaintsOfVolume } from '#lib/api/testing/pod-complaints';

type Case<T> = [sentence: string, part: T, expected: string[]];

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

test('a bare pod is fine', () => expect(complaints({})).toEqual([]));

describe('containers', () => {
  // prettier-ignore
  test.each<Case<Partial<PodSpec>>>([
    ['are needed', { containers: [] }, ['spec.containers: Required value']],
    ['need a name and an image', { containers: [{ name: '' }] }, ['spec.containers[0].name: Required value', 'spec.containers[0].image: Required value']],
    ['have names that are labels', { containers: [{ name: 'A_b', image: 'x' }] }, [`spec.containers[0].name: Invalid value: "A_b": ${LABEL}`]],
    [
      'have names of their own', { containers: [{ name: 'c', image: 'x' }, { name: 'c', image: 'x' }] },
      ['spec.containers[1].name: Duplicate value: "c"'],
    ],
    [
      'do not share names with init containers', { initContainers: [{ name: 'c', image: 'x' }] },
      ['spec.initContainers[0].name: Duplicate value: "c"'],
    ],
    [
      'do not take a port of the host twice',
      { containers: ['a', 'b'].map((name) => ({ name, image: 'x', ports: [{ containerPort: 80, hostPort: 8080 }] })) },
      ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"'],
    ],
    [
      'have no restart policy of their own unless they are sidecars',
      { containers: [{ name: 'c', image: 'x', restartPolicy: 'Always' }], initContainers: [{ name: 'i', image: 'x', restartPolicy: 'Never' }] },
      [
        'spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers',
        'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"',
      ],
    ],
    [
      'are not probed while they initialise', { initContainers: [{ name: 'i', image: 'x', readinessProbe: { exec: { command: ['x'] } } }] },
      ['spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
    ],
    [
      'are not added to a pod before it runs', { ephemeralContainers: [{ name: 'e', image: 'x', ports: [{ containerPort: 1 }] }] },
      ['spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container', 'spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
  ])('%s', (_sentence, spec, expected) => expect(complaints(spec)).toEqual(expected));

  // prettier-ignore
  test.each<Case<Partial<Container>>>([
    ['the image', { image: ' nginx' }, ['spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace']],
    ['the pull policy', { imagePullPolicy: 'Sometimes' }, ['spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"']],
    ['a port that is none', { ports: [{ containerPort: 70000 }] }, ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive']],
    ['a port without number', { ports: [{ containerPort: 0 }] }, ['spec.containers[0].ports[0].containerPort: Required value']],
    ['a protocol', { ports: [{ containerPort: 1, protocol: 'ICMP' }] }, ['spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"']],
    ['two ports of one name', { ports: [{ name: 'a', containerPort: 1 }, { name: 'a', containerPort: 2 }] }, ['spec.containers[0].ports[1].name: Duplicate value: "a"']],
    ['a variable without name', { env: [{ name: '' }] }, ['spec.containers[0].env[0].name: Required value']],
    ['a variable with =', { env: [{ name: 'a=b' }] }, ['spec.containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'']],
    ['a value and a source', { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }, ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']],
    ['a source that is none', { env: [{ name: 'A', valueFrom: {} }] }, ['spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`']],
    ['a field nobody knows', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'x.y' } } }] }, ['spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "x.y": error converting fieldPath: field label not supported: x.y']],
    ['a field that fits no variable', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] }, ['spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"']],
    ['an envFrom without source', { envFrom: [{}] }, ['spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']],
    ['a mount of nothing', { volumeMounts: [{ name: 'x', mountPath: '/x' }] }, ['spec.containers[0].volumeMounts[0].name: Not found: "x"']],
    ['more asked than allowed', { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }, ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1']],
    ['a device that is overcommitted', { resources: { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '2' } } }, ['spec.containers[0].resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2']],
    ['a device without limit', { resources: { requests: { 'example.com/gpu': '1' } } }, ['spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources']],
    ['half a device', { resources: { limits: { 'example.com/gpu': '500m' } } }, ['limits', 'requests'].map((list) => `spec.containers[0].resources.${list}[example.com/gpu]: Invalid value: "500m": must be an integer`)],
    ['less than nothing', { resources: { requests: { cpu: '-1' } } }, ['spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
    ['a resource of namespaces', { resources: { requests: { pods: '1' } } }, ['spec.containers[0].resources.requests[pods]: Invalid value: "pods": must be a standard resource for containers']],
    ['huge pages alone', { resources: { limits: { 'hugepages-2Mi': '4Mi' } } }, ['spec.containers[0].resources: Forbidden: HugePages require cpu or memory']],
    ['a probe without handler', { livenessProbe: {} }, ['spec.containers[0].livenessProbe: Required value: must specify a handler type']],
    ['a probe with two handlers', { livenessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } }, ['spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type']],
    ['a liveness that must succeed twice', { livenessProbe: { exec: { command: ['x'] }, successThreshold: 2 } }, ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1']],
    ['a readiness with a grace period', { readinessProbe: { exec: { command: ['x'] }, terminationGracePeriodSeconds: 3 } }, ['spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 3: must not be set for readinessProbes']],
    ['nothing about a sleep of no time', { lifecycle: { preStop: { sleep: { seconds: 0 } } } }, []],
    ['a sleep of less than no time', { lifecycle: { preStop: { sleep: { seconds: -1 } } } }, ['spec.containers[0].lifecycle.preStop.sleep: Invalid value: -1: must be non-negative and less than terminationGracePeriodSeconds (30)']],
    ['a scheme', { readinessProbe: { httpGet: { port: 'web', scheme: 'FTP' } } }, ['spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"']],
    ['nothing about a probe over HTTPS', { startupProbe: { httpGet: { port: 443, scheme: 'HTTPS' }, initialDelaySeconds: 0 } }, []],
    ['a probe before the start', { startupProbe: { tcpSocket: { port: 0 }, initialDelaySeconds: -1 } }, ['spec.containers[0].startupProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive', 'spec.containers[0].startupProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0']],
    ['a sleep longer than the grace', { lifecycle: { preStop: { sleep: { seconds: 31 } } } }, ['spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)']],
    ['a user id', { securityContext: { runAsUser: -1 } }, ['spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 4294967295, inclusive']],
    ['a privileged container that may not escalate', { securityContext: { privileged: true, allowPrivilegeEscalation: false } }, ['spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true']],
  ])('complain about %s', (_sentence, container, expected) => expect(complaintsOfContainer(container)).toEqual(expected));
});

describe('volumes complain about', () => {
  // prettier-ignore
  test.each<Case<Partial<Volume>>>([
    ['two sources', { emptyDir: {}, hostPath: { path: '/x' } }, ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type']],
    ['a name that is no label', { name: 'a.b' }, ['spec.volumes[0].name: Invalid value: "a.b": must not contain dots']],
    ['a path that goes up', { hostPath: { path: '/a/../b' } }, ['spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'']],
    ['a kind of path', { hostPath: { path: '/a', type: 'Pipe' } }, ['spec.volumes[0].hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"']],
    ['a secret without name', { secret: {} }, ['spec.volumes[0].secret.secretName: Required value']],
    ['a mode', { configMap: { name: 'c', defaultMode: 0o1000 } }, ['spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive']],
    ['an absolute item', { configMap: { name: 'c', items: [{ key: 'a', path: '/a' }] } }, ['spec.volumes[0].configMap.items[0].path: Invalid value: "/a": must be a relative path']],
    ['a claim without name', { persistentVolumeClaim: { claimName: '' } }, ['spec.volumes[0].persistentVolumeClaim.claimName: Required value']],
    ['two projected files of one path', { projected: { sources: [{ secret: { name: 's', items: [{ key: 'a', path: 'f' }] } }, { configMap: { name: 'c', items: [{ key: 'a', path: 'f' }] } }] } }, ['spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths']],
    ['a token of a pod without account', { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }, ['spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes', 'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set']],
    ['a share without path', { nfs: { server: 's', path: '' } }, ['spec.volumes[0].nfs.path: Required value', 'spec.volumes[0].nfs.path: Invalid value: "": must be an absolute path']],
  ])('%s', (_sentence, volume, expected) => expect(complaintsOfVolume(volume)).toEqual(expected));

  test('two of one name', () => {
    expect(complaints({ volumes: [{ name: 'v' }, { name: 'v' }] })).toEqual(['spec.volumes[1].name: Duplicate value: "v"']);
  });
  test('nothing when they are mounted', () => {
    const container = { name: 'c', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] };
    expect(complaints({ volumes: [{ name: 'v' }], containers: [container] })).toEqual([]);
  });
});

describe('a spec complains about', () => {
  // prettier-ignore
  test.each<Case<Partial<PodSpec>>>([
    ['its restart policy', { restartPolicy: 'Sometimes' }, ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"']],
    ['its DNS policy', { dnsPolicy: 'Mine' }, ['spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"']],
    ['no DNS at all', { dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
    ['a name server', { dnsConfig: { nameservers: ['x'] } }, ['spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['a deadline', { activeDeadlineSeconds: 0 }, ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive']],
    ['a toleration without key', { tolerations: [{ operator: 'Equal' }] }, ['spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"']],
    ['a toleration for some time of no eviction', { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }] }, ["spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set"]],
    ['a toleration of an effect that is none', { tolerations: [{ key: 'a', effect: 'Maybe' }] }, ['spec.tolerations[0].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"']],
    ['an affinity without terms', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } }, ['spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term']],
    ['an affinity without topology', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '', labelSelector: {} }] } } }, ['Required value: can not be empty', 'Invalid value: "": name part must be non-empty', 'Invalid value: "": name part must consist of alphanumeric characters, \'-\', \'_\' or \'.\', and must start and end with an alphanumeric character (e.g. \'MyName\',  or \'my.name\',  or \'123-abc\', regex used for validation is \'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\')'].map((text) => `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: ${text}`)],
    ['a spread of nothing', { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'Cry' }] }, ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero', 'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Cry": supported values: "DoNotSchedule", "ScheduleAnyway"']],
    ['a host alias', { hostAliases: [{ ip: 'x', hostnames: ['a'] }] }, ['spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
    ['a preemption policy', { preemptionPolicy: 'Always' }, ['spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"']],
    ['a node for a pod that is gated', { nodeName: 'n', schedulingGates: [{ name: 'a' }] }, ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared']],
    ['two gates of one name', { schedulingGates: [{ name: 'a' }, { name: 'a' }] }, ['spec.schedulingGates[1]: Duplicate value: "a"']],
    ['a sysctl of the network that is the host\'s', { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } }, ["spec.securityContext.sysctls[0].name: Invalid value: \"net.core.somaxconn\": may not be specified when 'hostNetwork' is true"]],
    ['a seccomp profile without file', { securityContext: { seccompProfile: { type: 'Localhost' } } }, ['spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost']],
    ['users of its own on the network of the host', { hostUsers: false, hostNetwork: true }, ['spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false']],
    ['a host port that differs on the network of the host', { hostNetwork: true, containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 1, hostPort: 2 }] }] }, ['spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` is true']],
    ['an operating system', { os: { name: 'plan9' } }, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']],
    ['privileges on windows', { os: { name: 'windows' }, securityContext: { runAsUser: 1 } }, ['spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod']],
    ['less for the pod than its containers ask', { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '2' } } }], resources: { requests: { cpu: '1' } } }, ['spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2']],
  ])('%s', (_sentence, spec, expected) => expect(complaints(spec)).toEqual(expected));
});

test('the cost of deletion is a whole number', () => {
  const of = (cost: string): string[] => complaints({}, { 'controller.kubernetes.io/pod-deletion-cost': cost });
  expect(of('-12')).toEqual([]);
  expect(of('1.5')).toEqual(['metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "1.5": must be a 32bit integer']);
});

test('a template is judged at its place, with its labels, and never holds ephemeral containers', () => {
  const template = { metadata: { labels: { a: '!' } }, spec: { containers: [{ name: 'c' }], ephemeralContainers: [{ name: 'e', image: 'x' }] } };
  podTemplateDefaults(template);
  expect(validatePodTemplateSpec(template, 'spec.template').map(errorText)).toEqual([
    expect.stringMatching(/^spec\.template\.labels: Invalid value: "!": a valid label must be an empty string/),
    'spec.template.spec.containers[0].image: Required value',
    'spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template',
  ]);
});

test('a binding names a node', () => {
  expect(validateBinding({ target: { kind: 'Node', name: 'n' } })).toEqual([]);
  expect(validateBinding({ target: { kind: 'Pod' } }).map(errorText)).toEqual([
    'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    'target.name: Required value',
  ]);
});

describe('a spec that was found good is not checked again', () => {
  const token = (name: string) => ({ name, projected: { sources: [] } });
  test('and one that only looks like it is', () => {
    expect(complaints({ volumes: [token('kube-api-access-abcde')] })).toEqual([]);
    expect(complaints({ volumes: [token('kube-api-access-fghij')] })).toEqual([]);
    expect(complaints({ volumes: [token('kube-api-access-ABC_')] })).toEqual([`spec.volumes[0].name: Invalid value: "kube-api-access-ABC_": ${LABEL}`]);
    const twice = ['kube-api-access-abcde', 'kube-api-access-fghij'].map(token);
    expect(complaints({ volumes: twice })).toEqual([]);
    expect(complaints({ volumes: [twice[0] as Volume, twice[0] as Volume] })).toEqual(['spec.volumes[1].name: Duplicate value: "kube-api-access-abcde"']);
  });
});
