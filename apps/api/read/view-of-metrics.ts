import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { NodeMetrics } from '#lib/api/metrics/nodemetrics';
import { PodMetrics } from '#lib/api/metrics/podmetrics';
import { rfc3339 } from '#lib/api/time';
import { logClock } from '#lib/log/log-clock';
import type { World } from '#lib/reconcile/world';
import { usageOfNode, usageOfPod } from './simulated-usage';
import type { View, ViewQuery } from './views';

/** As a metrics server: nodes are asked every so often, and what they say is about that time. */
const WINDOW_SECONDS = 15;

/** `kubectl top nodes`. Nodes that are silent say nothing. */
export const nodeMetrics: View = {
  kind: NodeMetrics,
  async newest(query) {
    const [world, pods, measured] = await Promise.all([worldFor(query, Node), worldFor(query, Pod), measuredAt(query)]);
    return world
      .list(Node)
      .filter(isAlive)
      .map((node) => metricsOfNode(node, pods, measured));
  },
  async one(query, name) {
    const [world, pods, measured] = await Promise.all([worldFor(query, Node), worldFor(query, Pod), measuredAt(query)]);
    const node = world.get(Node, '', name);
    return node && isAlive(node) ? metricsOfNode(node, pods, measured) : undefined;
  },
};

/** `kubectl top pods`. */
export const podMetrics: View = {
  kind: PodMetrics,
  async newest(query) {
    const [world, measured] = await Promise.all([worldFor(query, Pod), measuredAt(query)]);
    return world.list(Pod, query.namespace || undefined).flatMap((pod) => metricsOfPod(pod, measured) ?? []);
  },
  async one(query, name) {
    const [world, measured] = await Promise.all([worldFor(query, Pod), measuredAt(query)]);
    const pod = world.get(Pod, query.namespace, name);
    return pod && metricsOfPod(pod, measured);
  },
};

type Measured = { readonly timestamp: string; readonly window: string };

async function worldFor({ kernel, upTo }: ViewQuery, kind: AnyKind): Promise<World> {
  return upTo < kernel.world.revision ? kernel.past.worldAt(kind, upTo) : kernel.world;
}

async function measuredAt({ kernel, upTo }: ViewQuery): Promise<Measured> {
  const now = upTo < kernel.world.revision ? await kernel.past.timeOf(upTo) : logClock.date();
  const every = WINDOW_SECONDS * 1000;
  return { timestamp: rfc3339(new Date(Math.floor(now.getTime() / every) * every)), window: `${WINDOW_SECONDS}s` };
}

const isAlive = ({ status }: Node): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** They carry the labels of what they are about, so that selectors find them. */
function metadataOf({ metadata }: KubeObject, { timestamp }: Measured): KubeObject['metadata'] {
  const { name, namespace, labels } = metadata;
  return { name, ...(namespace && { namespace }), ...(labels && { labels }), creationTimestamp: timestamp } as KubeObject['metadata'];
}

function metricsOfNode(node: Node, pods: World, measured: Measured): NodeMetrics {
  const usage = usageOfNode(pods.indexed(Pod, 'node', node.metadata.name));
  return { apiVersion: NodeMetrics.apiVersion, kind: NodeMetrics.kind, metadata: metadataOf(node, measured), ...measured, usage };
}

function metricsOfPod(pod: Pod, measured: Measured): PodMetrics | undefined {
  const containers = usageOfPod(pod);
  return (
    containers && { apiVersion: PodMetrics.apiVersion, kind: PodMetrics.kind, metadata: metadataOf(pod, measured), ...measured, containers }
  );
}
