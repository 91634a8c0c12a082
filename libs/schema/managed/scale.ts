import type { ManagedFieldsEntry } from '#lib/api/meta';
import { difference, has, setOf } from './fields';
import { entriesOf, managersOf, type Managers } from './managers';

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS = ['f:spec', 'f:replicas'];

type Entries = readonly ManagedFieldsEntry[] | undefined;

/**
 * What the managers of an object own of its Scale: who owns the number of replicas there owns it here. `path` is where the object has it.
 * Mirrors ScaleHandler.ToSubresource of apimachinery/pkg/util/managedfields/scalehandler.go.
 */
export function entriesOfScale(entries: Entries, path: readonly string[] = REPLICAS): ManagedFieldsEntry[] | undefined {
  const owners: Managers = new Map();
  for (const [id, owner] of managersOf(entries) ?? []) {
    if (has(owner.fields, path)) owners.set(id, { ...owner, apiVersion: SCALE_VERSION, fields: setOf(REPLICAS) });
  }
  return entriesOf(owners);
}

/**
 * And back: who took the number in the Scale has it in the object, where `apiVersion` is the object's.
 * Mirrors ScaleHandler.ToParent.
 */
export function entriesOfParent(
  parent: Entries,
  scale: Entries,
  apiVersion: string,
  path: readonly string[] = REPLICAS,
): ManagedFieldsEntry[] | undefined {
  const owners: Managers = managersOf(parent) ?? new Map();
  const takers = new Map([...(managersOf(scale) ?? new Map<never, never>()).values()].map((taker) => [nameOf(taker), taker]));
  for (const [id, owner] of owners) {
    if (!has(owner.fields, path)) continue;
    const taker = takers.get(nameOf(owner));
    if (taker) {
      takers.delete(nameOf(owner));
      owners.set(id, { ...owner, time: taker.time });
      continue;
    }
    const fields = difference(owner.fields, setOf(path));
    if (fields === undefined) owners.delete(id);
    else owners.set(id, { ...owner, fields });
  }
  for (const taker of takers.values()) {
    if (has(taker.fields, REPLICAS)) owners.set(`scale ${nameOf(taker)}`, { ...taker, apiVersion, time: taker.time, fields: setOf(path) });
  }
  return entriesOf(owners);
}

/** Versions do not tell managers of a Scale apart: it has but one. */
const nameOf = ({ manager, operation, subresource }: { manager: string; operation: string; subresource: string }): string =>
  JSON.stringify([manager, operation, subresource]);
