import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { alreadyExists, notFound } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import { Namespace } from '#lib/api/core/namespace';
import type { AnyKind } from '#lib/api/kind';
import { controllerOf, type KubeObject } from '#lib/api/meta';
import type { LogEvent, Outline } from '#lib/log/log';
import type { World } from '#lib/reconcile/world';
import { attemptCreate, prepareCreate } from '../write/create';
import type { Attempt } from '../write/writer';
import { readerOf, revisionOf, run, writeOf, type Changing, type Done, type Outcome } from './changing';
import { inTurns, type HistoryReader } from './reader';
import { refusal, type Obstacle } from './refusal';
import { isLeaving, lastWhole, restorable, shreddedIn, type Restorable } from './restore';

/** What an undelete is made of. */
interface Plan {
  readonly restored: readonly Restorable[];
  readonly leftToControllers: readonly string[];
}

/**
 * Brings back the object that had this name last (up to `upTo`), a namespace with all that it held when it was asked to go. All in one
 * entry of the log after another, or nothing. What has a controller for its owner is left to the controller.
 * @throws ApiError 404 when there never was one, 409 when it is not gone or something is in the way.
 */
export async function undelete(changing: Changing, kind: AnyKind, namespace: string, name: string, upTo: number): Promise<Outcome> {
  const gone = await lastGone(readerOf(changing), kind, namespace, name, upTo);
  if (!gone) {
    throw changing.kernel.world.get(kind, namespace, name) ? alreadyExists(kind, name) : notFound(kind, name);
  }
  return restoreGone(changing, gone);
}

/** As `undelete`, for the entry that deleted it. */
export async function restoreGone(changing: Changing, gone: LogEvent): Promise<Outcome> {
  const reader = readerOf(changing);
  const whole = await lastWhole(reader, gone);
  if (!whole) throw notFound({ group: '', plural: gone.resource }, gone.name);
  const plan = await planOf(reader, gone, whole, changing.kernel.world.custom);
  return restore(changing, plan);
}

/** The last deletion of this name. Of a name that is in use again, only a namespace's: what it held may be missing. */
async function lastGone(
  reader: HistoryReader,
  kind: AnyKind,
  namespace: string,
  name: string,
  upTo: number,
): Promise<LogEvent | undefined> {
  for await (const page of reader.log.read({ resources: [kind.resource], namespace, name, upTo, descending: true })) {
    for (const event of page) {
      if (event.type === 'DELETED') return event;
      if (kind !== Namespace) return undefined;
    }
  }
  return undefined;
}

async function planOf(reader: HistoryReader, gone: LogEvent, whole: LogEvent, custom: CustomKinds): Promise<Plan> {
  const itself = await restorable(reader, whole, custom);
  if (itself.kind !== Namespace) return { restored: [itself], leftToControllers: [] };
  const held = await heldBy(reader, gone, whole);
  const own = held.filter(({ event, object }) => !isMadeByController(event, object));
  const restored = await inTurns(own, ({ event }) => restorable(reader, event, custom));
  return {
    restored: [itself, ...restored.sort(byNeed)],
    leftToControllers: held
      .filter((one) => !own.includes(one) && one.event.resource !== 'events')
      .map(({ event }) => `${event.resource}/${event.name}`),
  };
}

/** The objects that the namespace took along, as they were when it was asked to go. What was on its way out by itself is not among them. */
async function heldBy(reader: HistoryReader, gone: LogEvent, whole: LogEvent): Promise<{ event: LogEvent; object: KubeObject }[]> {
  const taken: Outline[] = [];
  for await (const page of reader.log.outline({ after: whole.revision, upTo: gone.revision, namespace: gone.name })) {
    taken.push(...page.filter(({ type }) => type === 'DELETED'));
  }
  const asked = await firstAfter(reader, gone, whole.revision);
  const found = await inTurns(taken, ({ resource, namespace, name }) => reader.log.objectAt(resource, namespace, name, asked - 1));
  const then = found.filter((event) => event !== undefined && event.type !== 'DELETED' && !isLeaving(event)) as LogEvent[];
  const once = [...new Map(then.map((event) => [event.revision, event])).values()];
  return once.map((event) => ({ event, object: JSON.parse(event.object) as KubeObject }));
}

/** The entry that asked the namespace to go: the next one of this life. */
async function firstAfter(reader: HistoryReader, { resource, namespace, name, uid, revision }: LogEvent, after: number): Promise<number> {
  for await (const [first] of reader.log.read({ resources: [resource], namespace, name, uid, after, limit: 1 }))
    if (first) return first.revision;
  return revision;
}

/** Kinds that are written down from others, and reports. */
const DERIVED = new Set(['endpoints', 'endpointslices.discovery.k8s.io', 'events']);

const isMadeByController = ({ resource }: LogEvent, object: KubeObject): boolean =>
  DERIVED.has(resource) || controllerOf(object) !== undefined;

/** Accounts and what is mounted come before those who use it; pods last. */
const ORDER = ['serviceaccounts', 'secrets', 'configmaps'];
const LAST = 'pods';

function byNeed(a: Restorable, b: Restorable): number {
  const place = ({ kind: { resource } }: Restorable): number =>
    resource === LAST ? ORDER.length + 1 : ORDER.includes(resource) ? ORDER.indexOf(resource) : ORDER.length;
  return place(a) - place(b) || a.revision - b.revision;
}

async function restore(changing: Changing, { restored, leftToControllers }: Plan): Promise<Outcome> {
  const { world } = changing.kernel;
  for (const { kind, namespace, name } of restored) {
    changing.access.require(kind, namespace, name);
    changing.access.requireVerb('create', { resource: kind.resource, namespace, name: '' });
  }
  const present = new Map(restored.map((one) => [one, world.get(one.kind, one.namespace, one.name) as KubeObject | undefined]));
  const obstacles = restored.flatMap((one) => obstacleOf(one, present.get(one), restored.length > 1));
  const [first] = restored;
  const missing = restored.filter((one) => !present.get(one) && shreddedIn(one.draft).length === 0);
  // Forced, what is in the way stays and the rest comes back; without a rest there is nothing to force.
  if (first && obstacles.length > 0 && (!changing.force || missing.length === 0)) throw refusal(first.kind, first.name, obstacles);
  const made = await run(changing, changing.origin('create'), attemptAll(changing, missing));
  const kept = restored.filter((one) => present.get(one)).map((one): Done => ({ ...addressOf(one), change: 'kept' }));
  const created = missing.map((one, i): Done => ({ ...addressOf(one), change: 'created', ...revisionOf(changing, made[i] as KubeObject) }));
  return { dryRun: changing.dryRun, objects: [...created, ...kept], leftToControllers };
}

const addressOf = ({ kind, namespace, name }: Restorable) => ({ resource: kind.resource, namespace, name });

/** What every namespace is given by controllers; whichever is there will do. */
const GIVEN = new Set(['serviceaccounts/default', 'configmaps/kube-root-ca.crt']);

function obstacleOf({ kind, name, draft, revision }: Restorable, present: KubeObject | undefined, inNamespace: boolean): Obstacle[] {
  const field = inNamespace ? `${kind.resource}/${name}` : '';
  const shredded = shreddedIn(draft);
  if (!present)
    return shredded.length === 0
      ? []
      : [{ field, message: `the values of ${shredded.join(', ')} were shredded and cannot come back`, stays: true }];
  if (GIVEN.has(`${kind.resource}/${name}`)) return [];
  if (present.metadata.deletionTimestamp !== undefined)
    return [{ field, message: 'is there and being deleted: wait until it is gone', stays: true }];
  if (kind === Namespace || isSame(draft, present)) return [];
  return [
    {
      field,
      message: `there is another one by now (revision ${present.metadata.resourceVersion}), which differs from the one of revision ${revision}`,
      stays: true,
    },
  ];
}

/** The same but for what the server sets. */
function isSame(draft: KubeObject, present: KubeObject): boolean {
  const bare = (object: KubeObject): object => {
    const { labels, annotations } = object.metadata;
    const { status: _, metadata: __, ...rest } = object as KubeObject & { status?: unknown };
    return { ...rest, labels, annotations };
  };
  return sameValue(bare(draft), bare(present));
}

/** Creates all of them at the head of the log, so that nobody sees half. References among them follow the new uids. */
function attemptAll(changing: Changing, restored: readonly Restorable[]): Attempt<KubeObject[]> {
  const drafted = new Map<string, KubeObject>();
  const world = worldWith(changing.kernel.world, drafted);
  const uids = new Map<string, string>();
  const prepared = restored.map(({ kind, namespace, name, uid, draft }) => {
    const write = writeOf(changing, kind, namespace, '', 'create');
    const admission = prepareCreate(write, draft, world);
    drafted.set(`${kind.resource}/${namespace}/${name}`, draft);
    uids.set(uid, draft.metadata.uid);
    return { write, admission };
  });
  for (const { admission } of prepared) relink(changing.kernel.world, admission.object, uids);
  const attempts = prepared.map(({ write, admission }) => attemptCreate(write, admission));
  return (view, write) => attempts.map((attempt) => attempt(view, write));
}

/** Owners that came back have a new uid; those that did not are forgotten, or the garbage collector would take the object at once. */
function relink(world: World, { metadata }: KubeObject, uids: ReadonlyMap<string, string>): void {
  const references = (metadata.ownerReferences ?? []).flatMap((reference) => {
    const uid = uids.get(reference.uid) ?? (world.byUid(reference.uid) && reference.uid);
    return uid ? [{ ...reference, uid }] : [];
  });
  if (references.length > 0) metadata.ownerReferences = references;
  else delete metadata.ownerReferences;
}

/** The world with the drafts before it: a pod is admitted because its service account comes back with it. */
function worldWith(world: World, drafts: ReadonlyMap<string, KubeObject>): World {
  const get: World['get'] = (kind, namespace, name) =>
    (drafts.get(`${kind.resource}/${namespace}/${name}`) as never) ?? world.get(kind, namespace, name);
  return Object.assign(Object.create(world) as World, { get });
}
