import { sameValue } from '#lib/api/equality';
import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { applied, ApplyConflicts } from './apply';
import { pathText } from './element';
import { pathsOf, setOf } from './fields';
import { managersOf } from './managers';
import { memberOf, schemaNodeOf, type MapNode, type SchemaNode } from './schema-node';
import { trackCreate, trackUpdate, type TrackedWrite } from './track';

/*
 * Field ownership against a model of its own: objects are flat tables of paths, ownership is a set of paths per manager, and each rule of
 * the documentation is one loop over all of them.
 */

const text = { type: 'string' };
const map = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const list = (items: object, type: 'atomic' | 'set' | 'map', keys: string[] = []): object => ({
  type: 'array',
  items,
  'x-kubernetes-list-type': type,
  ...(keys.length > 0 && { 'x-kubernetes-list-map-keys': keys }),
});
const port = map({ port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, label: text });
const item = map({ name: text, x: text, y: text, ports: list(port, 'map', ['port', 'protocol']) });
const spec = map({
  a: text,
  b: text,
  deep: map({ c: text, d: text }),
  tags: list(text, 'set'),
  items: list(item, 'map', ['name']),
  atom: list(text, 'atomic'),
  whole: map({ e: text, f: text }, { 'x-kubernetes-map-type': 'atomic' }),
  labels: { type: 'object', additionalProperties: text },
});
const status = map({ g: text, tags: list(text, 'set') });
const node = schemaNodeOf({ apiVersion: 'example.com/v1', kind: 'K', schema: { root: map({ spec, status }) } } as never) as MapNode;

type Value = string | number | null | Value[] | { [name: string]: Value };
type Table = Map<string, string>;
type Part = '' | 'status';

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

/** A value of a type, with nothing empty in it; now and then with an item of a list twice. */
function someObject(roll: (sides: number) => number, mayRepeat: boolean): Value {
  const word = (): Value => (roll(12) === 0 ? null : ('uvw'[roll(3)] as string));
  const some = <T>(all: T[]): T[] => all.filter(() => roll(2) === 0);
  const named = (members: [string, () => Value][]): Record<string, Value> => Object.fromEntries(some(members).map(([name, make]) => [name, make()]));
  const shuffled = <T>(all: T[]): T[] => (roll(2) ? [...all].reverse() : all);
  const repeated = (all: Value[]): Value[] => (mayRepeat && all.length > 0 && roll(6) === 0 ? [...all, all[roll(all.length)] as Value] : all);
  const ports = (): Value[] =>
    shuffled(some([80, 81])).map((number) => ({ port: number, ...(roll(2) ? { protocol: roll(2) ? 'TCP' : 'UDP' } : {}), ...named([['label', word]]) }));
  const items = (): Value[] =>
    repeated(
      shuffled(some(['p', 'q', 'r'])).map((name) => ({
        name,
        ...named([
          ['x', word],
          ['y', word],
          ['ports', ports],
        ]),
      })),
    );
  const tags = (): Value[] => repeated(shuffled(some(['s', 't', 'u'])));
  const said = named([
    ['a', word],
    ['b', word],
    [
      'deep',
      () =>
        named([
          ['c', word],
          ['d', word],
        ]),
    ],
    ['tags', tags],
    ['items', items],
    ['atom', () => [word(), word()]],
    [
      'whole',
      () =>
        named([
          ['e', word],
          ['f', word],
        ]),
    ],
    [
      'labels',
      () =>
        named([
          ['l', word],
          ['m', word],
        ]),
    ],
  ]);
  const told = roll(2)
    ? named([
        ['g', word],
        ['tags', tags],
      ])
    : {};
  return pruneEmpty({ spec: said, status: told }) ?? { spec: { a: 'u' }, status: { g: 'u' } };
}

function pruneEmpty(value: Value): Value | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => pruneEmpty(each) as Value);
  const kept = Object.entries(value)
    .map(([name, member]) => [name, pruneEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
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
  const found = new Map<string, Value[]>();
  for (const member of value as Value[]) {
    const keys = type.keys.map((key) => `${key}=${JSON.stringify((member as Record<string, Value>)[key] ?? type.defaults[key])}`);
    const at = `${path}[${type.keys.length === 0 ? `=${JSON.stringify(member)}` : keys.join(',')}]`;
    found.set(at, [...(found.get(at) ?? []), member]);
  }
  for (const [at, members] of found) {
    if (members.length === 1) tableOf(type.items as SchemaNode, members[0] as Value, at, out, own);
    else out.set(at, JSON.stringify(members)); // what stands there twice is one piece
    own.add(at);
  }
}

/** The parts of a value that a write to the object ('') or to its status speaks of. */
const tabled = (value: Value, part: Part): { table: Table; own: Set<string> } => {
  const found = { table: new Map<string, string>(), own: new Set<string>() };
  const name = part === '' ? 'spec' : 'status';
  const said = (value as Record<string, Value>)[name];
  if (said !== undefined) tableOf(memberOf(node, name) as SchemaNode, said, `.${name}`, found.table, found.own);
  return found;
};

const isBelow = (path: string, above: string): boolean =>
  path.startsWith(above) && (path.length === above.length || '.['.includes(path[above.length] as string));
const isStruct = (path: string): boolean => /(^\.spec|^\.status|\.(deep|tags|items|labels|ports))$/.test(path);

/** The model. */
class Model {
  table: Table = new Map();
  readonly owners = new Map<string, Set<string>>();
  private isThere = false;

  update(who: string, value: Value, part: Part): void {
    const id = `${who} Update${part}`;
    const next = new Map([...this.rest(part), ...tabled(value, part).table]);
    const changed = [...next].filter(([path, is]) => this.table.get(path) !== is).map(([path]) => path);
    this.take(id, next, changed);
    if (this.isUntracked()) return;
    this.owners.set(id, new Set([...(this.owners.get(id) ?? []), ...changed]));
    this.settle();
  }

  /** The conflicts, as `owner path`; with any, nothing happens. */
  apply(who: string, config: Value, part: Part, force: boolean): string[] {
    const id = `${who} Apply${part}`;
    const { table: said, own } = tabled(config, part);
    const last = this.owners.get(id) ?? new Set<string>();
    const all = `before-first-apply Update${part}`;
    const isUntracked = this.isUntracked();
    if (isUntracked) this.owners.set(all, new Set([...this.table.keys()].filter((path) => isBelow(path, '.status') === (part === 'status'))));
    const next: Table = new Map([...this.table, ...said]);
    const others = [...this.owners].filter(([owner]) => owner !== id);
    const held = new Set([...own, ...others.flatMap(([, paths]) => [...paths])]);
    const onTheWay = [...next.keys()].filter((path) => isStruct(path) && [...last].some((owned) => isBelow(owned, path)));
    const isEmpty = (path: string): boolean => ![...next.keys()].some((other) => other !== path && isBelow(other, path));
    const full = [...next.keys()].filter((path) => isStruct(path) && !isEmpty(path));
    for (const gone of [...last, ...onTheWay]) {
      // An item goes with all that is in it, also with what others own there, unless they own the item; a field stays for what is in it.
      if (isStruct(gone) ? [...held].some((path) => isBelow(path, gone)) : held.has(gone)) continue;
      for (const path of next.keys()) if (isBelow(path, gone)) next.delete(path);
    }
    // A collection of which nothing is left goes; the one that it was in stays, even when that was all of it.
    for (const path of full.filter((each) => isEmpty(each))) next.delete(path);
    const changed = [...next].filter(([path, is]) => this.table.get(path) !== is).map(([path]) => path);
    const conflicts = others.flatMap(([owner, paths]) => changed.filter((path) => paths.has(path)).map((path) => `${owner} ${path}`));
    if (conflicts.length > 0 && !force) {
      if (isUntracked) this.owners.delete(all);
      return conflicts;
    }
    this.take(id, next, changed);
    this.owners.set(id, own);
    this.settle();
    this.isThere = true;
    return [];
  }

  /** An object that nobody owns anything of is not tracked until it is applied: then all of it is somebody's. */
  private isUntracked(): boolean {
    return this.isThere && this.owners.size === 0;
  }

  /** What a write to a part leaves alone. */
  private rest(part: Part): Table {
    return new Map([...this.table].filter(([path]) => isBelow(path, '.status') === (part === '')));
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

const EMPTY = { apiVersion: 'example.com/v1', kind: 'K', metadata: {} } as KubeObject;
const NAMES = new Set(['name', 'managedFields']);
const ignoring = (name: string): TrackedWrite['ignored'] => ({ parts: new Set(['apiVersion', 'kind', name]), meta: NAMES, fields: setOf([`f:${name}`]) });
const IGNORED = { '': ignoring('status'), status: ignoring('spec') };
const write = (manager: string, subresource: Part): TrackedWrite => ({
  manager,
  apiVersion: 'example.com/v1',
  subresource,
  time: '2026-01-01T00:00:00Z',
  node,
  ignored: IGNORED[subresource],
});

const objectOf = (value: Value): KubeObject => ({ apiVersion: 'example.com/v1', kind: 'K', metadata: { name: 'n' }, ...(value as object) }) as never;

function ownersOf(object: KubeObject): Record<string, string[]> {
  const managers = [...(managersOf(object.metadata.managedFields)?.values() ?? [])];
  return Object.fromEntries(
    managers.map(({ manager, operation, subresource, fields }) => [`${manager} ${operation}${subresource}`, [...pathsOf(fields)].map(pathText).sort()]),
  );
}

const sorted = (owners: ReadonlyMap<string, ReadonlySet<string>>): Record<string, string[]> =>
  Object.fromEntries([...owners].map(([id, paths]) => [id, [...paths].sort()]));

function objectTable({ metadata: _, apiVersion: __, kind: ___, ...parts }: KubeObject): Record<string, string> {
  const value = parts as Value;
  return Object.fromEntries([...tabled(value, '').table, ...tabled(value, 'status').table].sort());
}

/** One history: who did what, in both worlds. Undefined when they agree all the way. */
function disagreement(seed: number): string | undefined {
  const roll = dice(seed);
  const model = new Model();
  let live = EMPTY;
  const story: string[] = [];
  for (let step = 0; step < 10; step++) {
    const who = 'mno'[roll(3)] as string;
    const isApply = step === 0 || roll(3) > 0;
    const value = someObject(roll, !isApply);
    const part: Part = step > 0 && roll(4) === 0 ? 'status' : '';
    const force = roll(2) === 0;
    story.push(`${who} ${isApply ? `applies${force ? ' by force' : ''}` : 'updates'} ${part} ${JSON.stringify(value)}`);
    const expected = isApply ? model.apply(who, value, part, force) : (model.update(who, value, part), []);
    const found: string[] = [];
    let wrong: string | undefined;
    try {
      const before = live;
      live = isApply ? appliedTo(live, value, write(who, part), force) : updated(live, value, write(who, part));
      if (isApply) wrong = outOfOrder(before, value, live, part) ?? unsettled(live, value, write(who, part));
    } catch (error) {
      if (!(error instanceof ApplyConflicts)) throw error;
      for (const { manager, path } of error.conflicts) found.push(`${manager.manager} ${manager.operation}${manager.subresource} ${pathText(path)}`);
    }
    const [ours, theirs] = [
      { conflicts: found.sort(), object: objectTable(live), owners: ownersOf(live) },
      { conflicts: expected.sort(), object: Object.fromEntries([...model.table].sort()), owners: sorted(model.owners) },
    ];
    if (wrong !== undefined || !sameValue(ours, theirs))
      return `seed ${seed}\n${story.join('\n')}\n${wrong ?? `${JSON.stringify(ours, null, 1)}\nnot\n${JSON.stringify(theirs, null, 1)}`}`;
  }
  return undefined;
}

/** The object after a write: what it may not touch is as it was. */
function kept(live: KubeObject, next: KubeObject, { subresource }: TrackedWrite): KubeObject {
  const other = subresource === '' ? 'status' : 'spec';
  const { [other]: _, ...rest } = next as KubeObject & Record<string, unknown>;
  const was = (live as KubeObject & Record<string, unknown>)[other];
  return { ...rest, ...(was !== undefined && { [other]: was }) } as KubeObject;
}

function appliedTo(live: KubeObject, value: Value, by: TrackedWrite, force: boolean): KubeObject {
  const { object, managedFields } = applied(EMPTY, live, objectOf(value), by, force);
  const next = kept(live, object ?? live, by);
  return { ...next, metadata: { ...next.metadata, managedFields } } as KubeObject;
}

function updated(live: KubeObject, value: Value, by: TrackedWrite): KubeObject {
  const next = kept(live, objectOf(value), by);
  const entries = live === EMPTY ? trackCreate(EMPTY, next, by) : trackUpdate(live, next, by);
  return { ...next, metadata: { ...next.metadata, managedFields: entries as never } };
}

/** Whether the same configuration, applied again, would write anything. */
function unsettled(live: KubeObject, value: Value, by: TrackedWrite): string | undefined {
  const { object, managedFields } = applied(EMPTY, live, objectOf(value), { ...by, time: '2027-01-01T00:00:00Z' }, false);
  const isSame = object === undefined || sameValue(kept(live, { ...object, metadata: live.metadata } as KubeObject, by), live);
  return isSame && timeless(managedFields) === timeless(live.metadata.managedFields)
    ? undefined
    : `applied again it changes ${JSON.stringify([object, managedFields, live])}`;
}

const timeless = (entries: readonly ManagedFieldsEntry[] = []): string => JSON.stringify(entries.map(({ time: _, ...entry }) => JSON.stringify(entry)).sort());

/** Whether the items of the configuration are in its order, and those of the others in theirs. */
function outOfOrder(before: KubeObject, config: Value, after: KubeObject, part: Part): string | undefined {
  for (const list of part === 'status' ? ['tags'] : ['tags', 'items']) {
    const of = (value: unknown): string[] =>
      (((value as Record<string, Record<string, Value[]>>)[part || 'spec']?.[list] ?? []) as Value[]).map((each) =>
        typeof each === 'string' ? each : (each as { name: string }).name,
      );
    const [was, said, is] = [of(before), of(config), of(after)];
    const others = was.filter((each) => !said.includes(each) && is.includes(each));
    if (
      !sameValue(
        is.filter((each) => said.includes(each)),
        said,
      )
    )
      return `${list}: ${is}, but applied were ${said}`;
    if (
      !sameValue(
        is.filter((each) => !said.includes(each)),
        others,
      )
    )
      return `${list}: ${is}, after ${was} and ${said}`;
  }
  return undefined;
}

/** As many are made as HISTORIES says; 20,000 have been. */
const COUNT = Number(process.env.HISTORIES ?? 150);

test(
  `${COUNT} histories of three managers go as the model of the documentation goes; lists keep their order, and the same again changes nothing`,
  () => {
    for (let seed = 1; seed <= COUNT; seed++) expect(disagreement(seed)).toBeUndefined();
  },
  60_000 + COUNT * 100,
);
