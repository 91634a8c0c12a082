import type { Bus, Closable } from '#lib/bus/bus';
import { userOf, type Controller } from '#lib/reconcile/controller';

/** Subject on which everybody answers who plays that part of the control plane: `kube-scheduler`, `deployment-controller`. */
export const aliveSubject = (component: string): string => `decklog.alive.${component}`;

/** Whom the API server asks when somebody wants to see component statuses. Whoever stands by answers, too: he would take over. */
export function answerAlive(bus: Bus, controllers: readonly Controller[]): Promise<Closable[]> {
  const components = new Set(controllers.map((controller) => userOf(controller).replace(/^.*:/, '')));
  return Promise.all([...components].map((component) => bus.answer(aliveSubject(component), 'alive', () => 'ok')));
}
