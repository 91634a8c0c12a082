import { sameValue } from '#lib/api/equality';
import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { fieldsOf, problemsOf, problemText, withNamedFields } from './applied';
import { difference, differenceBelow, intersection, pathsOf, setOf, union, type FieldNode, type Fields } from './fields';
import { capUpdates, entriesOf, identityOf, managersOf, type Manager, type Managers } from './managers';
import { merged, without } from './merge';
import { reconcileManagers } from './reconciled';
import { comparison, trackCreate, type TrackedWrite, type VersionOfKind } from './track';

/** Fields that others own and that the configuration would change. */
export interface FieldConflict {
  readonly manager: Manager;
  readonly path: readonly string[];
}

/** What a configuration makes of an object. */
export interface Applied {
  /** Undefined when the configuration changes no value. */
  readonly object: KubeObject | undefined;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/** A configuration that cannot be applied: others own what it would change. */
export class ApplyConflicts extends Error {
  constructor(readonly conflicts: readonly FieldConflict[]) {
    super('conflict');
  }
}

/** A configuration, or an object, whose form the schema does not allow; the text is upstream's. */
export class ApplyError extends Error {}

const STRIPPED = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]
  .map((name) => setOf(['f:metadata', `f:${name}`]))
  .reduce<Fields>(union, union(union(setOf(['f:apiVersion']), setOf(['f:kind'])), setOf(['f:metadata'])));

const BEFORE_FIRST_APPLY = 'before-first-apply';

/**
 * Applies a configuration to an object: what it says is merged in and belongs to its manager, what it no longer says goes unless somebody
 * else owns it. `empty` is what the kind consists of before anything is said; `live` is the same where there is no object yet.
 * @throws ApplyConflicts unless forced; ApplyError. Mirrors Updater.Apply of structured-merge-diff/merge/update.go and the managers around
 *   it.
 */
export function applied(empty: KubeObject, live: KubeObject, config: KubeObject, write: TrackedWrite, force: boolean): Applied {
  const managers = managersOf(live.metadata.managedFields);
  if (managers === undefined) throw new ApplyError('failed to decode managed fields: they are not valid');
  if (managers.size === 0 && live !== empty) adopt(managers, empty, live, write);
  reconcileManagers(managers, live, write);
  const { metadata, ...parts } = live;
  const { managedFields: _, ...meta } = metadata;
  const base = { ...parts, metadata: meta } as KubeObject;
  const problems = problemsOf(write.node, config);
  if (problems.length > 0) throw new ApplyError(`failed to create typed patch object (${titleOf(config)}): ${problemText(problems)}`);
  const { object, next } = merge(base, config, write, managers, force);
  return { object, managedFields: entriesOf(next) };
}

/** Who had an object before it was tracked owns all of it. */
function adopt(managers: Managers, empty: KubeObject, live: KubeObject, write: TrackedWrite): void {
  const untracked = { ...live, metadata: { ...live.metadata } };
  delete untracked.metadata.managedFields;
  const entries = trackCreate(empty, untracked, { ...write, manager: BEFORE_FIRST_APPLY });
  for (const [id, manager] of managersOf(entries) ?? []) managers.set(id, manager);
}

const titleOf = ({ apiVersion, kind, metadata }: KubeObject): string => {
  const slash = apiVersion.indexOf('/');
  const gvk = slash < 0 ? `/${apiVersion}, Kind=${kind}` : `${apiVersion}, Kind=${kind}`;
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}; ${gvk}`;
};

function merge(
  live: KubeObject,
  config: KubeObject,
  write: TrackedWrite,
  managers: Managers,
  force: boolean,
): { object: KubeObject | undefined; next: Managers } {
  const { node, ignored, apiVersion, manager, subresource } = write;
  const names = { manager, operation: 'Apply', apiVersion, subresource } as const;
  const self = identityOf(names);
  const last = managers.get(self);
  const said = differenceBelow(fieldsOf(node, config), ignored.fields);
  const set = difference(said, STRIPPED);
  const next: Managers = new Map(managers);
  if (set === undefined) next.delete(self);
  else next.set(self, { ...names, time: last?.time, fields: set });
  const whole = merged(node, live, config) as KubeObject;
  // What is pruned is judged with the name, which every configuration has: it holds the metadata, of which nobody need own anything else.
  const owners = said === undefined ? next : new Map(next).set(self, { ...names, time: undefined, fields: said });
  const object = last === undefined ? whole : pruned(whole, last, owners, write);
  release(live, object, write, next, self, force);
  const isSame = sameValue(live, object); // the whole objects, also what nobody owns, and lists in their order
  const own = next.get(self);
  if (own && !isSame) next.set(self, { ...own, time: write.time });
  capUpdates(next, union);
  return { object: isSame ? undefined : object, next };
}

/** Takes from others what changes; without force that is refused. */
function release(live: KubeObject, object: KubeObject, write: TrackedWrite, managers: Managers, self: string, force: boolean): void {
  const here = comparison(live, object, write);
  const conflicts: FieldConflict[] = [];
  for (const [id, owner] of [...managers]) {
    if (id === self) continue;
    const version = owner.apiVersion === write.apiVersion ? undefined : write.inVersion?.(owner.apiVersion);
    if (version === undefined && owner.apiVersion !== write.apiVersion) {
      managers.delete(id);
      continue;
    }
    const { changed, removed } = version ? comparison(version.to(live), version.to(object), { ...write, node: version.node }) : here;
    for (const path of pathsOf(intersection(owner.fields, changed))) conflicts.push({ manager: owner, path });
    const left = difference(difference(owner.fields, changed), removed);
    if (left === undefined) managers.delete(id);
    else managers.set(id, left === owner.fields ? owner : { ...owner, fields: left });
  }
  if (conflicts.length > 0 && !force) throw new ApplyConflicts(conflicts);
}

/** Without the fields that were applied last time, are not now, and belong to nobody else. */
function pruned(whole: KubeObject, last: Manager, managers: Managers, write: TrackedWrite): KubeObject {
  const version = last.apiVersion === write.apiVersion ? SAME : write.inVersion?.(last.apiVersion);
  if (version === undefined) return whole;
  const node = version === SAME ? write.node : version.node;
  const there = version.to(whole);
  const lastSet = withNamedFields(node, last.fields) as FieldNode;
  const cut = (without(node, there, lastSet, null) ?? {}) as KubeObject;
  const kept = addBackOwned(whole, version.from(cut), managers, write);
  const mergedSet = withNamedFields(node, fieldsOf(node, there));
  const keptSet = withNamedFields(node, fieldsOf(node, version.to(kept)));
  const gone = intersection(difference(mergedSet, keptSet), lastSet);
  return version.from((without(node, there, gone) ?? {}) as KubeObject);
}

const SAME: VersionOfKind = { node: undefined, to: (object) => object, from: (object) => object };

/** What was cut off although a manager owns it comes back. */
function addBackOwned(whole: KubeObject, cut: KubeObject, managers: Managers, write: TrackedWrite): KubeObject {
  const owned = new Map<string, Fields>();
  for (const { apiVersion, fields } of managers.values()) owned.set(apiVersion, union(owned.get(apiVersion), fields));
  let kept = cut;
  for (const [apiVersion, fields] of owned) {
    const version = apiVersion === write.apiVersion ? SAME : write.inVersion?.(apiVersion);
    if (version === undefined) continue;
    const node = version === SAME ? write.node : version.node;
    const there = version.to(whole);
    const mergedSet = withNamedFields(node, fieldsOf(node, there));
    const keptSet = withNamedFields(node, fieldsOf(node, version.to(kept)));
    const gone = difference(mergedSet, union(keptSet, withNamedFields(node, fields)));
    kept = version.from((without(node, there, gone, null) ?? {}) as KubeObject);
  }
  return kept;
}
