import { ComponentStatus } from '#lib/api/core/componentstatus';
import { aliveSubject } from '#lib/runtime/alive';
import { controllerBindings } from '../bootstrap/controller-roles';
import type { Kernel } from '../kernel';
import type { View } from './views';

const PATIENCE_MS = 1_000;

/** What is wrong with a part; undefined when it is well. */
type Check = (kernel: Kernel) => Promise<string | undefined>;

/** Nodes are no part of the control plane. */
const CONTROLLERS = controllerBindings.map(({ component }) => component).filter((component) => component !== 'simulated-nodes');

const unanswered = async ({ bus }: Kernel, component: string): Promise<string[]> => {
  const answer = await bus.request<string>(aliveSubject(component), {}, PATIENCE_MS).catch(() => undefined);
  return answer === 'ok' ? [] : [component];
};

const CHECKS: Readonly<Record<string, Check>> = {
  async 'controller-manager'(kernel) {
    const silent = (await Promise.all(CONTROLLERS.map((component) => unanswered(kernel, component)))).flat();
    return silent.length === 0 ? undefined : `no answer from ${silent.join(', ')}`;
  },
  async 'nats-0'({ bus }) {
    return bus.lastRevision().then(
      () => undefined,
      (error: Error) => error.message,
    );
  },
  async 'postgresql-0'({ log }) {
    return log.head().then(
      () => undefined,
      (error: Error) => error.message,
    );
  },
  async scheduler(kernel) {
    return (await unanswered(kernel, 'kube-scheduler')).length === 0 ? undefined : 'no answer from kube-scheduler';
  },
};

/**
 * `kubectl get componentstatuses`: the parts are asked while the client waits; of the past nobody knows. Mirrors
 * pkg/registry/core/componentstatus.
 */
export const components: View = {
  kind: ComponentStatus,
  newest: async ({ kernel, upTo }) =>
    upTo < kernel.world.revision ? [] : Promise.all(Object.keys(CHECKS).map((name) => statusOf(kernel, name, CHECKS[name] as Check))),
  one: async ({ kernel, upTo }, name) =>
    upTo >= kernel.world.revision && Object.hasOwn(CHECKS, name) ? statusOf(kernel, name, CHECKS[name] as Check) : undefined,
};

async function statusOf(kernel: Kernel, name: string, check: Check): Promise<ComponentStatus> {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve('no answer in time'), 2 * PATIENCE_MS).unref());
  const wrong = await Promise.race([check(kernel), late]);
  const condition =
    wrong === undefined ? { type: 'Healthy', status: 'True', message: 'ok' } : { type: 'Healthy', status: 'False', error: wrong };
  return { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name }, conditions: [condition] } as unknown as ComponentStatus;
}
