/** CPU that agents need to make pods ready, without the API server: `node dist/test/bench/nodes.js [pods] [nodes]`. */
import { performance } from 'node:perf_hooks';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import type { Command } from '#lib/reconcile/command';
import type { ObjectController } from '#lib/reconcile/controller';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { nodeAgent } from '../../apps/node/agent';
import { SimulatedRuntime } from '../../apps/node/runtimes/simulated';

function fill(pods: number, names: readonly string[]): IndexedWorld {
  const world = new IndexedWorld();
  names.forEach((name, i) => world.apply(Node, 'ADDED', aNode({ name, spec: { podCIDR: `10.244.${i}.0/24` } }), 1));
  for (let i = 0; i < pods; i++) world.apply(Pod, 'ADDED', aPod({ name: `web-${i}`, node: names[i % names.length], image: 'nginx' }), i + 2);
  return world;
}

/** Writes the status as the API server would; the time at which the pod is to be looked at again, if any. */
function carryOut(world: IndexedWorld, pod: Pod, commands: readonly Command[], counts: Map<string, number>): number | undefined {
  let wake: number | undefined;
  for (const command of commands) {
    counts.set(command.do, (counts.get(command.do) ?? 0) + 1);
    if (command.do === 'wake') wake = command.at.getTime();
    if (command.do === 'setStatus') world.apply(Pod, 'MODIFIED', { ...pod, status: command.status } as Pod, world.revision + 1);
  }
  return wake;
}

function measure(pods: number, nodes: number): void {
  const names = Array.from({ length: nodes }, (_, i) => `node-${i + 1}`);
  const world = fill(pods, names);
  const agent = nodeAgent({ nodes: names, runtime: new SimulatedRuntime() }).find(({ name }) => name === 'node') as ObjectController<Pod>;
  const counts = new Map<string, number>();
  let due = world.list(Pod).map((pod) => ({ name: pod.metadata.name, at: 1_000 }));
  let milliseconds = 0;
  let decisions = 0;
  while (due.length > 0) {
    const next: typeof due = [];
    for (const { name, at } of due) {
      const pod = world.get(Pod, 'default', name) as Pod;
      const start = performance.now();
      const facts = agent.gather?.(pod, world, new Date(at));
      const commands = agent.reconcile(pod, world, new Date(at), facts);
      milliseconds += performance.now() - start;
      decisions++;
      const wake = carryOut(world, pod, commands, counts);
      if (wake !== undefined) next.push({ name, at: wake });
    }
    due = next;
  }
  const text = [...counts].map(([what, count]) => `${count} ${what}`).join(', ');
  process.stdout.write(`${pods} pods on ${nodes} nodes: ${decisions} decisions, ${milliseconds.toFixed(0)} ms; ${text}\n`);
}

const [pods, nodes] = process.argv.slice(2).map(Number);
if (pods && nodes) measure(pods, nodes);
else
  [
    [800, 20],
    [5000, 100],
  ].forEach(([p, n]) => measure(p as number, n as number));
