import type { ContainerImage } from 'kubernetes-types/core/v1';
import { Lease } from '#lib/api/coordination/lease';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import { getCondition } from '#lib/api/core/pod/pod-conditions';
import { sameValue } from '#lib/api/equality';
import { parseTime, rfc3339Micro } from '#lib/api/time';
import { create, setStatus, update, wake, type Command, type NewObject } from '#lib/reconcile/command';
import type { ObjectController } from '#lib/reconcile/controller';
import type { World } from '#lib/reconcile/world';
import type { Identity } from './identity';
import { addressOf, nodeReport, nodeStatus, SILENT, type Machine } from './node-object';
import { LEASE_NAMESPACE } from './registration';
import type { Runtime } from './runtimes/runtime';

const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const STATUS_MS = 300_000;
/** Upstream's nodeStatusMaxImages. */
const MOST_IMAGES = 50;

/** What only the process that plays the node knows; none when another one does, or when it was told to be silent. */
interface Facts {
  readonly machine: Machine;
  /** Whether the node takes pods, when that has changed since the last look. */
  readonly turned?: 'NodeSchedulable' | 'NodeNotSchedulable';
  /** The images on the node, when they are not those of its status. */
  readonly images?: ContainerImage[];
}

/** Says that the nodes of this process are alive: a lease every ten seconds, the whole status every five minutes or when it changed. */
export function heartbeat(
  nodes: readonly string[],
  machine: Machine,
  runtime: Runtime,
  identity: Identity,
): ObjectController<Node, Facts | undefined> {
  const hosted = new Set(nodes);
  const cordoned = new Map<string, boolean>();
  return {
    name: 'node-heartbeat',
    component: 'kubelet',
    ...identity,
    for: Node,

    gather(node, world) {
      if (!hosted.has(node.metadata.name) || node.metadata.annotations?.[SILENT] === 'true') return undefined;
      const { name } = node.metadata;
      runtime.prune({ node, pods: () => world.indexed(Pod, 'node', name) });
      const images = runtime
        .images(name)
        .slice(0, MOST_IMAGES)
        .map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes }));
      const isCordoned = node.spec?.unschedulable === true;
      const hasTurned = (cordoned.get(name) ?? isCordoned) !== isCordoned;
      cordoned.set(name, isCordoned);
      return {
        machine,
        ...(hasTurned && { turned: isCordoned ? 'NodeNotSchedulable' : 'NodeSchedulable' }),
        ...(!sameValue(images, node.status?.images ?? []) && { images }),
      };
    },

    reconcile(node, world, now, facts) {
      if (!facts) return [];
      const lease = world.get(Lease, LEASE_NAMESPACE, node.metadata.name);
      const isDue = dueAt(lease) <= now.getTime();
      return [
        ...(facts.turned ? [statusIsNow(node, facts.turned)] : []),
        ...(isDue ? renew(node, lease, world, now) : []),
        ...postStatus(node, facts.machine, isDue ? facts.images : undefined, now),
        wake(new Date(isDue ? now.getTime() + RENEW_MS : dueAt(lease))),
      ];
    },
  };
}

const dueAt = (lease: Lease | undefined): number => (parseTime(lease?.spec.renewTime)?.getTime() ?? -Infinity) + RENEW_MS;

/** Mirrors component-helpers/apimachinery/lease. The node owns its lease, so it goes when the node is deleted. */
function renew(node: Node, lease: Lease | undefined, world: World, now: Date): Command[] {
  const { name, uid } = node.metadata;
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: rfc3339Micro(now) };
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  if (lease) return [update({ ...lease, metadata: { ...lease.metadata, ownerReferences }, spec: { ...lease.spec, ...spec } } as Lease)];
  const fresh: NewObject & { spec: object } = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: LEASE_NAMESPACE, ownerReferences },
    spec,
  };
  return [create(fresh)];
}

/** When it is five minutes old, or says something else than it should. */
function postStatus(node: Node, machine: Machine, images: ContainerImage[] | undefined, now: Date): Command[] {
  const status = nodeStatus(node.metadata.name, addressOf(node), machine, images ?? node.status?.images ?? [], node.status, now);
  const ready = getCondition(node.status?.conditions, 'Ready');
  const age = now.getTime() - (parseTime(ready?.lastHeartbeatTime)?.getTime() ?? -Infinity);
  const isSame = sameValue(withoutHeartbeats(status), withoutHeartbeats(node.status ?? {}));
  if (isSame && age < STATUS_MS) return [];
  const becameReady = ready?.status !== 'True';
  return [...setStatus(node, status), ...(becameReady ? [statusIsNow(node, 'NodeReady')] : [])];
}

const statusIsNow = ({ metadata: { name } }: Node, reason: string): Command => ({
  do: 'report',
  report: nodeReport(name, reason, `Node ${name} status is now: ${reason}`),
});

const withoutHeartbeats = (status: NonNullable<Node['status']>): object => ({
  ...status,
  conditions: status.conditions?.map((condition) => ({ ...condition, lastHeartbeatTime: undefined })),
});
