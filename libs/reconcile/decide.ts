import type { AnyKind } from '#lib/api/kind';
import { controllerOf, type KubeObject } from '#lib/api/meta';
import type { Command } from './command';
import { isKeyedController, isWorldController, keyOf, type Controller, type ObjectController } from './controller';
import type { Change, World } from './world';

/** The one key of a world controller. */
export const WORLD_KEY = '';

/** A command that goes to the API server. */
export type SentCommand = Exclude<Command, { do: 'wake' }>;

/** The keys of `controller` that this change wakes. The runtime, the simulation and replay all ask here. */
export function keysWokenBy(controller: Controller, change: Change, world: World): Iterable<string> {
  if (isWorldController(controller)) return controller.wakesOn(change, world) ? [WORLD_KEY] : [];
  if (isKeyedController(controller)) return controller.keys(change, world);
  return objectKeys(controller, change, world);
}

/**
 * Keys to decide on when a controller starts in a world that exists already, each with a cause: the entry that wrote the object, or, for
 * the one key of a world controller, the last that it knows of. A key comes once for every object that it stands for.
 */
export function* wokenAtStart(controller: Controller, world: World): Iterable<readonly [key: string, cause: number]> {
  if (isWorldController(controller)) return yield [WORLD_KEY, world.revision];
  if (!isKeyedController(controller)) {
    const { for: kind, concerns } = controller as ObjectController;
    for (const object of world.list(kind)) if (!concerns || concerns(object, world)) yield [keyOf(object), revisionOf(object)];
    return;
  }
  for (const kind of world.kinds()) {
    for (const object of world.list(kind)) {
      const change = { revision: revisionOf(object), type: 'ADDED', kind, object } as const;
      for (const key of controller.keys(change, world)) yield [key, change.revision];
    }
  }
}

const revisionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion);

/** The object that a key of an object controller names; undefined for other controllers, and when it is gone. */
export function objectOf(controller: Controller, key: string, world: World): KubeObject | undefined {
  if (isWorldController(controller) || isKeyedController(controller)) return undefined;
  const [first = '', second] = key.split('/');
  return second === undefined ? world.get(controller.for, '', first) : world.get(controller.for, first, second);
}

/** Today's decision on this key in this world. Nothing is decided about an object that is gone. */
export function decideOn(controller: Controller, key: string, world: World, now: Date, facts?: unknown): readonly Command[] {
  if (isWorldController(controller)) return controller.decide(world, now);
  if (isKeyedController(controller)) return controller.decideOn(key, world, now, facts);
  const object = objectOf(controller, key, world);
  return object ? controller.reconcile(object, world, now, facts) : [];
}

/** What the controller fetches for this decision, perhaps later; undefined when it needs nothing. */
export function factsFor(controller: Controller, key: string, world: World, now: Date): unknown {
  if (isWorldController(controller)) return undefined;
  if (isKeyedController(controller)) return controller.gather?.(key, world, now);
  const object = controller.gather && objectOf(controller, key, world);
  return object && controller.gather?.(object, world, now);
}

/** The commands without the wishes to be woken. */
export const sentCommands = (commands: readonly Command[]): readonly SentCommand[] =>
  commands.filter((command): command is SentCommand => command.do !== 'wake');

/** The earliest time at which the controller asked to be woken. */
export function wakeTime(commands: readonly Command[]): Date | undefined {
  let earliest: Date | undefined;
  for (const command of commands) if (command.do === 'wake' && (!earliest || command.at < earliest)) earliest = command.at;
  return earliest;
}

/** The resources whose changes can wake this controller; undefined when that cannot be told, for it looks at every change itself. */
export function resourcesThatWake(controller: Controller): ReadonlySet<string> | undefined {
  if (isWorldController(controller) || isKeyedController(controller)) return undefined;
  const { for: own, owns = [], watches = [] } = controller as ObjectController;
  return new Set([own, ...owns, ...watches.map(({ kind }) => kind)].map(({ resource }) => resource));
}

function objectKeys(controller: ObjectController, change: Change, world: World): Iterable<string> {
  const { kind, object, previous } = change;
  const keys = new Set<string>();
  if (kind.resource === controller.for.resource && (!controller.concerns || controller.concerns(object, world))) keys.add(keyOf(object));
  if (controller.owns?.some((owned) => owned.resource === kind.resource)) {
    addOwner(keys, controller.for, object);
    if (previous) addOwner(keys, controller.for, previous);
  }
  for (const watch of controller.watches ?? []) {
    if (watch.kind.resource !== kind.resource) continue;
    for (const key of watch.keys(change, world)) keys.add(key);
  }
  return keys;
}

function addOwner(keys: Set<string>, kind: AnyKind, object: KubeObject): void {
  const owner = controllerOf(object);
  if (!owner || owner.kind !== kind.kind || groupOf(owner.apiVersion) !== kind.group) return;
  keys.add(kind.namespaced ? `${object.metadata.namespace}/${owner.name}` : owner.name);
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '');
