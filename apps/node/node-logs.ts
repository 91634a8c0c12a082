import type { Bus, Closable } from '#lib/bus/bus';
import { Pod } from '#lib/api/core/pod/pod';
import { logClock } from '#lib/log/log-clock';
import type { World } from '#lib/reconcile/world';
import { logSubject, type LogReply, type LogRequest } from '#lib/runtime/container-logs';
import type { Runtime } from './runtimes/runtime';

/** Answers for all nodes of this process until it is closed. */
export async function answerLogs(bus: Bus, world: World, nodes: readonly string[], runtime: Runtime): Promise<Closable> {
  const answer = (request: unknown): LogReply => {
    const { namespace, pod: name, container, options } = request as LogRequest;
    const pod = world.get(Pod, namespace, name);
    const log = pod && runtime.logs(pod, container, options, logClock.now());
    return log === undefined ? {} : { log };
  };
  const open = await Promise.all(nodes.map((node) => bus.answer(logSubject(node), `node-${node}`, answer)));
  return {
    async close() {
      await Promise.all(open.map((one) => one.close()));
    },
  };
}
