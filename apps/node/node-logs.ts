import type { Bus, Closable } from '#lib/bus/bus';
import { Pod } from '#lib/api/core/pod';
import type { World } from '#lib/reconcile/world';
import type { LogOptions, Runtime } from './runtimes/runtime';

/** Subject on which the agent of a node answers for the logs of its containers. */
export const logSubject = (node: string): string => `decklog.node.${node}.logs`;

/** What an API server asks when it serves `pods/log`. */
export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly options: LogOptions;
}

/** `log` is absent when there is no such run of the container, or the agent does not know the pod. */
export interface LogReply {
  readonly log?: string;
}

/** Answers for all nodes of this process until it is closed. */
export async function answerLogs(bus: Bus, world: World, nodes: readonly string[], runtime: Runtime): Promise<Closable> {
  const answer = (request: unknown): LogReply => {
    const { namespace, pod: name, container, options } = request as LogRequest;
    const pod = world.get(Pod, namespace, name);
    const log = pod && runtime.logs(pod, container, options, Date.now());
    return log === undefined ? {} : { log };
  };
  const open = await Promise.all(nodes.map((node) => bus.answer(logSubject(node), `node-${node}`, answer)));
  return {
    async close() {
      await Promise.all(open.map((one) => one.close()));
    },
  };
}
