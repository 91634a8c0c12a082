import { sameValue } from '#lib/api/equality';
import type { KubeObject } from '#lib/api/meta';
import { applied, ApplyConflicts } from './apply';
import { pathText } from './element';
import { pathsOf } from './fields';
import { managersOf } from './managers';
import type { MapNode, SchemaNode } from './schema-node';
import { trackCreate, trackUpdate, type TrackedWrite } from './track';

/*
 * Field ownership against a model of its own: objects are flat tables of paths, ownership is a set of paths per manager, and each rule of
 * the documentation is one loop over all of them.
 */

const text: SchemaNode = { of: 'scalar', type: undefined };
const map = (fields: Record<string, SchemaNode>): MapNode => ({ of: 'map', atomic: false, fields: new Map(Object.entries(fields)), values: 'closed' });
const list = (items: SchemaNode, keys: string[], defaults = {}): SchemaNode => ({ of: 'list', atomic: false, items, keys, defaults });
const port = map({ port: text, protocol: text, label: text });
const item = map({ name: text, x: text, y: text, ports: list(port, ['port', 'protocol'], { protocol: 'TCP' }) });
const spec = map({
  a: text, b: text, deep: map({ c: text, d: text }), tags: list(text, []), items: list(item, ['name']),
  atom: { of: 'list', atomic: true, items: text, keys: [], defaults: {} }, labels: { of: 'map', atomic: false, values: text },
});
const node = map({ apiVersion: text, kind: text, metadata: map({ name: text }), spec });

type Value = string | number | Value[] | { [name: string]: Value };
type Table = Map<string, string>;

/** Numbers from a seed: mulberry32. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  };
}

/** A value of a type, never empty. */
function someSpec(roll: (sides: number) => number): Value {
  const word = (): string => 'uvw'[roll(3)] as string;
  const some = <T>(all: T[]): T[] => all.filter(() => roll(2) === 0);
  const named = (members: [string, () => Value][]): Record<string, Value> => Object.fromEntries(some(members).map(([name, make]) => [name, make()]));
  const ports = (): Value[] => some([80, 81]).map((number) => ({ port: number, ...(roll(2) ? { protocol: roll(2) ? 'TCP' : 'TCP' } : {}), ...named([['label', word]]) }));
  const items = (): Value[] => some(['p', 'q', 'r']).map((name) => ({ name, ...named([['x', word], ['y', word], ['ports', ports]]) }));
  const all = named([
    ['a', word], ['b', word], ['deep', () => named([['c', word], ['d', word]])], ['tags', () => some(['s', 't', 'u'])], ['items', items],
    ['atom', () => [word(), word()]], ['labels', () => named([['l', word], ['m', word]])],
  ]);
  return pruneEmpty(all) ?? { a: word() };
}

function pruneEmpty(value: Value): Value | undefined {
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => pruneEmpty(each) as Value);
  const kept = Object.entries(value).map(([name, member]) => [name, pruneEmpty(member)] as const).filter(([, member]) => member !== undefined);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as Value);
}

/** Path → value; collections count as `+`. `isOwn` says of each path whether who names it in a configuration owns it. */
function tableOf(type: SchemaNode, value: Value, path: string, out: Table, own: Set<string>): void {
  if (type.of === 'scalar' || type.atomic) {
    out.set(path, JSON.stringify(value));
    own.add(path);
    return;
  }
  if (path !== '') out.set(path, '+');
  if (type.of === 'map') {
    for (const [name, member] of Object.entries(value as Record<string, Value>)) {
      tableOf((type.fields?.get(name) ?? type.values) as SchemaNode, member, `${path}.${name}`, out, own);
    }
    return;
  }
  for (const member of value as Value[]) {
    const keys = type.keys.map((key) => `${key}=${JSON.stringify((member as Record<string, Value>)[key] ?? type.defaults[key])}`);
    const at = `${path}[${type.keys.length === 0 ? `=${JSON.stringify(member)}` : keys.join(',')}]`;
    tableOf(type.items as SchemaNode, member, at, out, own);
    own.add(at);
  }
}

const tabled = (value: Value | undefined): { table: Table; own: Set<string> } => {
  const found = { table: new Map<string, string>(), own: new Set<string>() };
  if (value !== undefined) tableOf(spec, value, '.spec', found.table, found.own);
  return found;
};

const isBelow = (path: string, above: string): boolean => path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
const isStruct = (path: string): boolean => path.endsWith('.spec') || /\.(deep|tags|items|labels|ports)$/.test(path);

/** The model. */
class Model {
  table: Table = new Map();
  readonly owners = new Map<string, Set<string>>();

  update(who: string, value: Value): void {
    const next = tabled(value).table;
    const changed = [...next].filter(([path, is]) => this.table.get(path) !== is).map(([path]) => path);
    this.take(`${who} Update`, next, changed);
    const mine = this.owners.get(`${who} Update`) ?? new Set();
    this.owners.set(`${who} Update`, new Set([...mine, ...changed]));
    this.settle();
  }

  /** The conflicts, as `owner path`; with any, nothing happens. */
  apply(who: string, config: Value, force: boolean): string[] {
    const id = `${who} Apply`;
    const { table: said, own } = tabled(config);
    const last = this.owners.get(id) ?? new Set<string>();
    const next: Table = new Map([...this.table, ...said]);
    const others = [...this.owners].filter(([owner]) => owner !== id);
    const held = new Set([...own, ...others.flatMap(([, paths]) => [...paths])]);
    const onTheWay = [...next.keys()].filter((path) => isStruct(path) && [...last].some((owned) => isBelow(owned, path)));
    for (const gone of [...last, ...onTheWay]) {
      // An item goes with all that is in it, also with what others own there, unless they own the item; a field stays for what is in it.
      if (isStruct(gone) ? [...held].some((path) => isBelow(path, gone)) : held.has(gone)) continue;
      for (const path of next.keys()) if (isBelow(path, gone)) next.delete(path);
    }
    for (const path of [...next.keys()].sort((a, b) => b.length - a.length)) {
      if (isStruct(path) && ![...next.keys()].some((other) => other !== path && isBelow(other, path))) next.delete(path);
    }
    const changed = [...next].filter(([path, is]) => this.table.get(path) !== is).map(([path]) => path);
    const conflicts = others.flatMap(([owner, paths]) => changed.filter((path) => paths.has(path)).map((path) => `${owner} ${path}`));
    if (conflicts.length > 0 && !force) return conflicts;
    this.take(id, next, changed);
    this.owners.set(id, own);
    this.settle();
    return [];
  }

  /** Others lose what changed; all lose what is gone. */
  private take(id: string, next: Table, changed: readonly string[]): void {
    for (const [owner, paths] of this.owners) {
      for (const path of paths) if (!next.has(path) || (owner !== id && changed.includes(path))) paths.delete(path);
    }
    this.table = next;
  }

  private settle(): void {
    for (const [owner, paths] of this.owners) if (paths.size === 0) this.owners.delete(owner);
  }
}

const EMPTY = { apiVersion: 'v1', kind: 'K', metadata: {} } as KubeObject;
const NAMES = new Set(['name', 'managedFields']);
const write = (manager: string): TrackedWrite => ({
  manager, apiVersion: 'v1', subresource: '', time: '2026-01-01T00:00:00Z', node, ignored: { parts: new Set(['apiVersion', 'kind']), meta: NAMES, fields: undefined },
});

const objectOf = (value: Value): KubeObject => ({ apiVersion: 'v1', kind: 'K', metadata: { name: 'n' }, spec: value }) as never;

function ownersOf(object: KubeObject): Record<string, string[]> {
  const managers = [...(managersOf(object.metadata.managedFields)?.values() ?? [])];
  return Object.fromEntries(managers.map(({ manager, operation, fields }) => [`${manager} ${operation}`, [...pathsOf(fields)].map(pathText).sort()]));
}

const sorted = (owners: ReadonlyMap<string, ReadonlySet<string>>): Record<string, string[]> => Object.fromEntries([...owners].map(([id, paths]) => [id, [...paths].sort()]));
const specTable = (object: KubeObject): Record<string, string> => Object.fromEntries([...tabled(pruneEmpty((object as { spec?: Value }).spec ?? {})).table].sort());

/** One history: who did what, in both worlds. Undefined when they agree all the way. */
function disagreement(seed: number): string | undefined {
  const roll = dice(seed);
  const model = new Model();
  let live = EMPTY;
  const story: string[] = [];
  for (let step = 0; step < 10; step++) {
    const who = 'mno'[roll(3)] as string;
    const value = someSpec(roll);
    const isApply = step === 0 || roll(3) > 0;
    const force = roll(2) === 0;
    story.push(`${who} ${isApply ? `applies${force ? ' by force' : ''}` : 'updates'} ${JSON.stringify(value)}`);
    const expected = isApply ? model.apply(who, value, force) : (model.update(who, value), []);
    const found: string[] = [];
    try {
      live = isApply ? appliedTo(live, value, who, force) : updated(live, value, who);
    } catch (error) {
      if (!(error instanceof ApplyConflicts)) throw error;
      for (const { manager, path } of error.conflicts) found.push(`${manager.manager} ${manager.operation} ${pathText(path)}`);
    }
    const [ours, theirs] = [
      { conflicts: found.sort(), object: specTable(live), owners: ownersOf(live) },
      { conflicts: expected.sort(), object: Object.fromEntries([...model.table].sort()), owners: sorted(model.owners) },
    ];
    if (!sameValue(ours, theirs)) return `seed ${seed}\n${story.join('\n')}\n${JSON.stringify(ours, null, 1)}\nnot\n${JSON.stringify(theirs, null, 1)}`;
  }
  return undefined;
}

function appliedTo(live: KubeObject, value: Value, who: string, force: boolean): KubeObject {
  const { object, managedFields } = applied(EMPTY, live, objectOf(value), write(who), force);
  const next = object ?? live;
  return { ...next, metadata: { ...next.metadata, managedFields } } as KubeObject;
}

function updated(live: KubeObject, value: Value, who: string): KubeObject {
  const next = objectOf(value);
  const entries = live === EMPTY ? trackCreate(EMPTY, next, write(who)) : trackUpdate(live, next, write(who));
  return { ...next, metadata: { ...next.metadata, managedFields: entries as never } };
}

test('150 histories of three managers go as the model of the documentation goes', () => {
  for (let seed = 1; seed <= 150; seed++) expect(disagreement(seed)).toBeUndefined();
});
