import { Namespace } from '#lib/api/core/namespace';
import { Node } from '#lib/api/core/node';
import { create } from '#lib/reconcile/command';
import type { ObjectController } from '#lib/reconcile/controller';
import type { World } from '#lib/reconcile/world';
import type { Identity } from './identity';
import { newNode, nodeReport, podCidr, type Machine } from './node-object';

/** Where leases of nodes live; there once the cluster can take nodes, which is why registration hangs on it. */
export const LEASE_NAMESPACE = 'kube-node-lease';

interface Facts {
  readonly machine: Machine;
  /** The nodes that this process plays and has never seen registered. */
  readonly missing: readonly string[];
}

/**
 * Registers the nodes of this process, each once: a node that an operator deletes afterwards stays away until the process starts again.
 * What this process has seen registered is a fact that is no object, so it is gathered. Mirrors kubelet's registerWithAPIServer.
 */
export function registration(
  nodes: readonly string[],
  machine: Machine,
  identity: Identity,
): ObjectController<Namespace, Facts | undefined> {
  const registered = new Set<string>();
  return {
    name: 'node-registration',
    component: 'kubelet',
    ...identity,
    for: Namespace,
    watches: [{ kind: Node, keys: ({ object }) => (nodes.includes(object.metadata.name) ? [LEASE_NAMESPACE] : []) }],

    gather(namespace, world) {
      if (namespace.metadata.name !== LEASE_NAMESPACE) return undefined;
      for (const name of nodes) if (world.get(Node, '', name)) registered.add(name);
      const missing = nodes.filter((name) => !registered.has(name));
      return missing.length === 0 ? undefined : { machine, missing };
    },

    reconcile(_namespace, world, now, facts) {
      const taken = takenCidrs(world);
      const missing = (facts?.missing ?? []).filter((name) => !world.get(Node, '', name));
      return missing.map((name) =>
        create(newNode(name, freeIndex(name, taken), facts?.machine ?? machine, now), {
          report: nodeReport(name, 'Starting', 'Starting kubelet.'),
        }),
      );
    },
  };
}

const takenCidrs = (world: World): Set<string> => new Set(world.list(Node).flatMap((node) => node.spec?.podCIDR ?? []));

/** The number at the end of the name, so that node-3 has 10.244.3.0/24 wherever it runs; else the first that nobody has. */
function freeIndex(name: string, taken: Set<string>): number {
  let index = Number(/(\d{1,4})$/.exec(name)?.[1] ?? 0);
  if (index >= MOST_NODES || taken.has(podCidr(index))) index = 0;
  while (taken.has(podCidr(index))) index++;
  taken.add(podCidr(index));
  return index;
}

/** As many /24 networks as there are from 10.244.0.0 to the end of 10.0.0.0/8. */
const MOST_NODES = 3072;
