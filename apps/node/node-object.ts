import type { NodeCondition, NodeStatus } from 'kubernetes-types/core/v1';
import type { Node } from '#lib/api/core/node';
import { rfc3339 } from '#lib/api/time';
import type { NewObject, Report } from '#lib/reconcile/command';
import { fnv1a } from '#lib/reconcile/hash';

/**
 * What a node says of itself: by its name in place of the uid, which it need not know. Upstream's kubelet does so, and clients look for
 * both.
 */
export const nodeReport = (name: string, reason: string, message: string): Report => ({
  about: { apiVersion: 'v1', kind: 'Node', namespace: '', name, uid: name },
  host: name,
  type: 'Normal',
  reason,
  message,
});

/** An operator's switch: an agent sends nothing for a node with this annotation set to `true`, as if the machine were dead. */
export const SILENT = 'simulated.decklog.io/stopped';

/** What a node is made of. */
export interface Machine {
  /** Default: 8 CPUs, 16 GiB, 110 pods, 100 GiB of disk. */
  readonly capacity?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the container runtime: `simulated://1.0.0`. */
  readonly runtimeVersion: string;
}

const CAPACITY = { cpu: '8', 'ephemeral-storage': '100Gi', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory: '16Gi', pods: '110' };
const KUBELET_VERSION = 'v1.36.0';

/** The Node that an agent registers. `index` gives it its addresses. Mirrors kubelet_node_status.initialNode. */
export function newNode(name: string, index: number, machine: Machine, now: Date): NewObject & { spec: object; status: NodeStatus } {
  const cidr = podCidr(index);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...machine.labels,
      },
    },
    spec: { podCIDR: cidr, podCIDRs: [cidr], providerID: `simulated://decklog/${name}` },
    status: nodeStatus(name, internalAddress(index), machine, [], undefined, now),
  };
}

/** The whole status; `previous` keeps the times of conditions that did not change. */
export function nodeStatus(
  name: string,
  address: string,
  machine: Machine,
  images: NodeStatus['images'],
  previous: NodeStatus | undefined,
  now: Date,
): NodeStatus {
  const capacity = { ...extended(previous?.capacity), ...CAPACITY, ...machine.capacity };
  return {
    ...previous,
    capacity,
    allocatable: capacity,
    conditions: nodeConditions(previous?.conditions ?? [], now),
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: hex(name, 'machine', 32),
      systemUUID: uuid(name, 'system'),
      bootID: uuid(name, 'boot'),
      kernelVersion: '6.1.0-simulated',
      osImage: 'Decklog simulated node',
      containerRuntimeVersion: machine.runtimeVersion,
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    images,
  };
}

/** What an operator has advertised on the node, e.g. `example.com/dongle`. */
const extended = (capacity: NodeStatus['capacity']): Record<string, string> =>
  Object.fromEntries(Object.entries(capacity ?? {}).filter(([name]) => name.includes('/')));

const HEALTHY: readonly (readonly [type: string, status: string, reason: string, message: string])[] = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
];

/** A simulated node is always well. Conditions of others, such as NetworkUnavailable, are kept. */
function nodeConditions(previous: readonly NodeCondition[], now: Date): NodeCondition[] {
  const at = rfc3339(now);
  const own = HEALTHY.map(([type, status, reason, message]) => {
    const before = previous.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? at) : at;
    return { type, status, lastHeartbeatTime: at, lastTransitionTime, reason, message };
  });
  return [...previous.filter(({ type }) => !HEALTHY.some(([known]) => known === type)), ...own];
}

/** `10.244.<index>.0/24`, running on into `10.245…` after 255. */
export const podCidr = (index: number): string => `10.${244 + Math.floor(index / 256)}.${index % 256}.0/24`;

/** Where the node itself is reached: nowhere, but unique. */
const internalAddress = (index: number): string => `172.20.${Math.floor(index / 250)}.${(index % 250) + 2}`;

/** The node's own address as it was registered, or as it would be. */
export function addressOf(node: Node): string {
  const known = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const [, second = 244, third = 0] = (node.spec?.podCIDR ?? '').split('.').map(Number);
  return known ?? internalAddress((second - 244) * 256 + third);
}

/** Made of the name, so that the same node comes back with the same identity. */
const hex = (name: string, what: string, digits: number): string =>
  [0, 1, 2, 3]
    .map((part) => fnv1a(`${name}/${what}/${part}`).toString(16).padStart(8, '0'))
    .join('')
    .slice(0, digits);

const uuid = (name: string, what: string): string =>
  hex(name, what, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
