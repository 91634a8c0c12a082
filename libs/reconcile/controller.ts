import type { AnyKind, Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from './command';
import type { Change, World } from './world';

/** Another kind whose changes concern this controller, and the objects (`namespace/name`) to decide on again. */
export interface Watch {
  readonly kind: AnyKind;
  /** `previous` is the version before the change. For a DELETED change `change.object` is the last version. */
  keys(change: Change, world: World): Iterable<string>;
}

interface Named {
  /** Lower case with dashes; part of the actor's name in the log and the name of its folder in apps/. */
  readonly name: string;
  /** The component of the Kubernetes Events it reports, e.g. `deployment-controller`. Default: `<name>-controller`. */
  readonly component?: string;
  /** Who it writes as. Default: `system:serviceaccount:kube-system:<component>`. */
  readonly user?: string;
  /** Groups of `user` besides system:authenticated. Default: those of a service account in kube-system. */
  readonly groups?: readonly string[];
}

/**
 * A controller is a pure decision: given one object and the world around it, which commands bring them closer?
 *
 * `reconcile` must not await, read a clock, draw a random number or keep anything between calls; the time is given.
 * It is level-based: it is never told which event woke it. In return it can be replayed against any revision of the
 * log, and its tests need no mocks. Throwing means a bug here, not a fault of the cluster: the runtime backs off.
 */
export interface ObjectController<T extends KubeObject = KubeObject, F = unknown> extends Named {
  /** Every change of such an object wakes its key. */
  readonly for: Kind<T>;
  /**
   * False for objects about which there is nothing to decide whatever they say: their own changes then wake nobody. Only a shortcut:
   * what would be decided about them must be nothing. Default: all are of concern.
   */
  concerns?(object: T, world: World): boolean;
  /** A change of such an object wakes its controller owner when that is of kind `for`. */
  readonly owns?: readonly AnyKind[];
  readonly watches?: readonly Watch[];
  /**
   * Fetches facts that are not objects. Impure, run by the shell before the decision with the same world and time, and recorded with
   * it. Answering at once instead of with a promise keeps the decision in the same turn, and lets simulations on virtual time run it.
   */
  gather?(object: T, world: World, now: Date): Promise<F> | F;
  reconcile(object: T, world: World, now: Date, facts?: F): readonly Command[];
}

/**
 * A controller whose decisions depend on each other, so that one decision looks at the whole world: the scheduler, the
 * garbage collector. One decision at a time; the next one sees what the last one wrote.
 */
export interface WorldController extends Named {
  /** True when this change gives reason to decide. */
  wakesOn(change: Change, world: World): boolean;
  decide(world: World, now: Date): readonly Command[];
  /** How many attempts of each result these commands of one decision were, where each is counted and timed: those of the scheduler. */
  attempts?(commands: readonly Command[]): Readonly<Record<string, number>>;
}

/**
 * A controller that names its own keys: for those that look after objects of every kind (the garbage collector), or that still
 * have work when the object is gone (Endpoints of a deleted Service). Like an ObjectController in all else: one decision per
 * key at a time, keys are waked, backed off and remembered apart. At start the runtime asks `keys` for every object of the world
 * as if it had just been ADDED.
 */
export interface KeyedController extends Named {
  /** The keys to decide on again because of this change; free strings, usually `resource/namespace/name` or `namespace/name`. */
  keys(change: Change, world: World): Iterable<string>;
  /** As `ObjectController.gather`. */
  gather?(key: string, world: World, now: Date): unknown;
  decideOn(key: string, world: World, now: Date, facts?: unknown): readonly Command[];
}

/** Any of the three shapes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- ObjectController is invariant in its object and its facts
export type Controller = ObjectController<any, any> | WorldController | KeyedController;

/** True for controllers that look at the whole world at once. */
export const isWorldController = (controller: Controller): controller is WorldController => 'decide' in controller;
/** True for controllers that name their own keys. */
export const isKeyedController = (controller: Controller): controller is KeyedController => 'decideOn' in controller;

/** Gives an ObjectController its types; the value is passed through. */
export const defineController = <T extends KubeObject, F = unknown>(controller: ObjectController<T, F>): ObjectController<T, F> =>
  controller;
/** Gives a WorldController its types. */
export const defineWorldController = (controller: WorldController): WorldController => controller;
/** Gives a KeyedController its types. */
export const defineKeyedController = (controller: KeyedController): KeyedController => controller;

/** The key of an object in its kind: `namespace/name`, or `name` when it has no namespace. */
export const keyOf = (object: KubeObject): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name;

/** The name under which its Kubernetes Events and its service account are found. */
export const componentOf = (controller: Named): string => controller.component ?? `${controller.name}-controller`;
/** Who its commands are authorised as. */
export const userOf = (controller: Named): string => controller.user ?? `system:serviceaccount:kube-system:${componentOf(controller)}`;
