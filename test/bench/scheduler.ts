/** How many pods the scheduler decides per second of CPU: `node dist/test/bench/scheduler.js [pods] [nodes]`. */
import { performance } from 'node:perf_hooks';
import { ReplicaSet } from '#lib/api/apps/replicaset';
import { Node } from '#lib/api/core/node';
import { Pod } from '#lib/api/core/pod/pod';
import type { Command } from '#lib/reconcile/command';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import { aNode } from '#lib/reconcile/testing/builders/node';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import { scheduler } from '../../apps/scheduler/scheduler.controller';

function fill(pods: number, nodes: number): IndexedWorld {
  const world = new IndexedWorld();
  const rs = aReplicaSet({ replicas: pods });
  world.apply(ReplicaSet, 'ADDED', rs, 1);
  for (let i = 0; i < nodes; i++) world.apply(Node, 'ADDED', aNode({ name: `node-${i}`, allocatable: { cpu: '8', memory: '16Gi', pods: '110' } }), 1);
  for (let i = 0; i < pods; i++) {
    const pod = aPod({ name: `web-${i}`, ownedBy: rs, labels: { app: 'web' }, requests: { cpu: '10m', memory: '16Mi' } });
    world.apply(Pod, 'ADDED', JSON.parse(JSON.stringify(pod)) as Pod, i + 2);
  }
  return world;
}

/** Applies the bindings as the API server would, and says how many there were. */
function apply(world: IndexedWorld, commands: readonly Command[]): number {
  let bound = 0;
  for (const command of commands) {
    if (command.do !== 'bind') continue;
    const pod = world.get(Pod, command.ref.namespace, command.ref.name) as Pod;
    world.apply(Pod, 'MODIFIED', { ...pod, spec: { ...pod.spec, nodeName: command.node } } as Pod, world.revision + 1);
    bound++;
  }
  return bound;
}

function measure(pods: number, nodes: number): void {
  const world = fill(pods, nodes);
  let bound = 0;
  let decisions = 0;
  let milliseconds = 0;
  for (;;) {
    const start = performance.now();
    const commands = scheduler.decide(world, new Date());
    milliseconds += performance.now() - start;
    const now = apply(world, commands);
    if (now === 0) break;
    bound += now;
    decisions++;
  }
  const rate = Math.round((bound / milliseconds) * 1000);
  process.stdout.write(`${bound} of ${pods} pods on ${nodes} nodes: ${decisions} decisions, ${milliseconds.toFixed(0)} ms, ${rate} pods/s\n`);
}

const [pods, nodes] = process.argv.slice(2).map(Number);
if (pods && nodes) measure(pods, nodes);
else
  [
    [800, 20],
    [5000, 100],
    [10000, 1000],
  ].forEach(([p, n]) => measure(p as number, n as number));
