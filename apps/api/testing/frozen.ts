import type { LiveWorld } from '../world/live-world';
import { wireBytes } from '../world/wire';

/** From now on whoever changes what is stored gets a TypeError on the spot. For tests: objects are shared by everything that reads them. */
export function freeze(world: LiveWorld): void {
  for (const kind of world.kinds()) world.list(kind).forEach(deepFreeze);
  world.onChange(({ object }) => deepFreeze(object));
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}

/** Objects that were changed between their entry and their freezing: the bytes are those of the entry. */
export const altered = (world: LiveWorld): string[] =>
  world.kinds().flatMap((kind) =>
    world
      .list(kind)
      .filter((object) => wireBytes(object as never).toString() !== JSON.stringify(object))
      .map((object) => `${kind.resource} ${(object as { metadata: { name: string } }).metadata.name}`),
  );
