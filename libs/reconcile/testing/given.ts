import { kindOfObject } from '#lib/api/kinds';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Command } from '#lib/reconcile/command';
import {
  isKeyedController,
  isWorldController,
  type Controller,
  type KeyedController,
  type ObjectController,
  type WorldController,
} from '#lib/reconcile/controller';
import { hintOf } from '#lib/reconcile/fold';
import { IndexedWorld } from '#lib/reconcile/indexed-world';
import type { World } from '#lib/reconcile/world';
import { frozenCopy } from './freeze';
import { NOW } from './now';

/** Decides about `object` in a world that holds it and `world`. */
export interface Decide<T extends KubeObject> {
  (object: T, ...world: readonly KubeObject[]): readonly Command[];
  /** The same at another time than NOW. */
  at(now: Date | string): Decide<T>;
  /** The same with these facts gathered. */
  knowing(facts: unknown): Decide<T>;
}

/** Decides in a world that holds exactly `world`. */
export interface DecideWorld {
  (...world: readonly KubeObject[]): readonly Command[];
  /** The same at another time than NOW. */
  at(now: Date | string): DecideWorld;
}

/** Decides on `key` in a world that holds exactly `world`. */
export interface DecideKey {
  (key: string, ...world: readonly KubeObject[]): readonly Command[];
  /** The same at another time than NOW. */
  at(now: Date | string): DecideKey;
  /** The same with these facts gathered. */
  knowing(facts: unknown): DecideKey;
}

/**
 * The test language of controllers: `const decide = given(replicaSet)`, then `expect(decide(rs, pod)).toMatchObject([...])`.
 * Every decision is made twice, with the world put together in both orders, on inputs that throw when they are written to:
 * a controller that depends on the order of the log, changes its input or draws lots fails here.
 */
export function given(controller: WorldController): DecideWorld;
export function given(controller: KeyedController): DecideKey;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- facts are whatever the controller gathers
export function given<T extends KubeObject>(controller: ObjectController<T, any>): Decide<T>;
export function given(controller: Controller): DecideWorld | DecideKey | Decide<KubeObject> {
  if (isWorldController(controller)) return worldDecider(controller, NOW);
  if (isKeyedController(controller)) return keyDecider(controller, NOW, undefined);
  return objectDecider(controller, NOW, undefined);
}

/** A world that holds these objects, each at the revision of its resourceVersion. */
export function worldOf(...objects: readonly KubeObject[]): World {
  const world = new IndexedWorld();
  for (const object of objects) {
    const kind = kindOfObject(object) ?? kindOfCustom(world, object);
    if (!kind) throw new Error(`kind ${object.apiVersion}/${object.kind} is not in libs/api/kinds.ts`);
    world.apply(kind, 'ADDED', object, Number(object.metadata.resourceVersion));
  }
  return world;
}

/** Custom resources come with their definition; where it stands behind them they tell their kind themselves. */
function kindOfCustom(world: IndexedWorld, object: KubeObject): AnyKind | undefined {
  const [group = ''] = object.apiVersion.split('/');
  if (!group.includes('.')) return undefined;
  const known = world.custom.kindOfObject(object);
  return known ?? world.custom.kindOfEntry(hintOf(`${object.kind.toLowerCase()}s.${group}`, object));
}

function objectDecider(controller: ObjectController, now: Date, facts: unknown): Decide<KubeObject> {
  const decide = (object: KubeObject, ...others: readonly KubeObject[]): readonly Command[] => {
    const frozen = frozenCopy(object);
    return bothWays([frozen, ...others.map(frozenCopy)], (world) => {
      const commands = controller.reconcile(frozen, world, new Date(now), frozenCopy(facts));
      if (commands.length > 0 && controller.concerns?.(frozen, world) === false) throw new Error('a decision about an object that is said to be of no concern');
      return commands;
    });
  };
  return Object.assign(decide, {
    at: (time: Date | string) => objectDecider(controller, new Date(time), facts),
    knowing: (known: unknown) => objectDecider(controller, now, known),
  });
}

function worldDecider(controller: WorldController, now: Date): DecideWorld {
  const decide = (...objects: readonly KubeObject[]): readonly Command[] =>
    bothWays(objects.map(frozenCopy), (world) => controller.decide(world, new Date(now)));
  return Object.assign(decide, { at: (time: Date | string) => worldDecider(controller, new Date(time)) });
}

function keyDecider(controller: KeyedController, now: Date, facts: unknown): DecideKey {
  const decide = (key: string, ...objects: readonly KubeObject[]): readonly Command[] =>
    bothWays(objects.map(frozenCopy), (world) => controller.decideOn(key, world, new Date(now), frozenCopy(facts)));
  return Object.assign(decide, {
    at: (time: Date | string) => keyDecider(controller, new Date(time), facts),
    knowing: (known: unknown) => keyDecider(controller, now, known),
  });
}

function bothWays(objects: readonly KubeObject[], decide: (world: World) => readonly Command[]): readonly Command[] {
  const commands = decide(worldOf(...objects));
  const again = decide(worldOf(...[...objects].reverse()));
  const [first, second] = [JSON.stringify(commands), JSON.stringify(again)];
  if (first !== second) throw new Error(`not a pure decision: the same world gave\n${first}\nand then\n${second}`);
  return commands;
}
