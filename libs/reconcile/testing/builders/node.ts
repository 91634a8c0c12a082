import type { NodeSpec, NodeStatus, Taint } from 'kubernetes-types/core/v1';
import { Node } from '#lib/api/core/node';
import { secondsAgo } from '#lib/reconcile/testing/now';
import { build, withoutUndefined, type Common } from './object';

/** What a test says of a node. */
export interface NodeOptions extends Common {
  /** `Unknown` is what node-lifecycle writes when heartbeats stop. Default true. */
  readonly ready?: boolean | 'Unknown';
  /** Last heartbeat of its conditions. Default: ten seconds before NOW. */
  readonly heartbeat?: string;
  /** Since when Ready has its value. Default: an hour before NOW. */
  readonly readySince?: string;
  readonly taints?: Taint[];
  readonly unschedulable?: boolean;
  /** Default: 4 CPUs, 8 GiB, 110 pods. */
  readonly allocatable?: Record<string, string>;
  readonly spec?: Partial<NodeSpec>;
  readonly status?: Partial<NodeStatus>;
}

/** A ready node `node-1`, labelled with its hostname. */
export function aNode(options: NodeOptions = {}): Node {
  const name = options.name ?? 'node-1';
  const allocatable = options.allocatable ?? { cpu: '4', memory: '8Gi', pods: '110' };
  const ready = options.ready ?? true;
  const spec = withoutUndefined({ taints: options.taints, unschedulable: options.unschedulable, ...options.spec });
  const status = {
    capacity: allocatable,
    allocatable,
    conditions: [
      {
        type: 'Ready',
        status: ready === 'Unknown' ? 'Unknown' : ready ? 'True' : 'False',
        reason: ready === 'Unknown' ? 'NodeStatusUnknown' : ready ? 'KubeletReady' : 'KubeletNotReady',
        lastHeartbeatTime: options.heartbeat ?? secondsAgo(10),
        lastTransitionTime: options.readySince ?? secondsAgo(3600),
      },
    ],
    addresses: [{ type: 'Hostname', address: name }],
    ...options.status,
  };
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...options.labels };
  return build(Node, { ...options, name, labels }, { spec, status });
}
