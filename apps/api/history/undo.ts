import { conflict, internalError } from '#lib/api/errors';
import { sameValue } from '#lib/api/equality';
import { Namespace } from '#lib/api/core/namespace';
import type { AnyKind, Subresource } from '#lib/api/kind';
import { controllerOf, type KubeObject } from '#lib/api/meta';
import type { LogEvent } from '#lib/log/log';
import { attemptRemove } from '../write/remove';
import { attemptUpdate } from '../write/update';
import { blameOf } from './blame';
import { readerOf, revisionOf, run, writeOf, type Changing, type Done, type Outcome } from './changing';
import { changesBetween } from './fields';
import { mergeBack, type ChangeToUndo, type Superseded } from './merge-back';
import type { HistoryReader } from './reader';
import { obstaclesOf, refusal, type Obstacle } from './refusal';
import { servedKind } from './kind-asked';
import { isLeaving, notServed, shreddedIn } from './restore';
import { restoreGone } from './undelete';

/**
 * Takes one change back, and nothing that came after it: a create is undone by a delete, a delete by a create, any other by a merge. Goes
 * through the usual pipeline, as the user who asks.
 * @throws ApiError 404 when there is no such entry, 409 when later changes are in the way (not with `force`), and what the pipeline throws.
 */
export async function undo(changing: Changing, revision: number): Promise<Outcome> {
  const reader = readerOf(changing);
  const event = await reader.log.event(revision);
  if (!event) throw changing.kernel.horizons.missing(revision, changing.kernel.world.revision);
  const kind = servedKind(changing.kernel.world.custom, event.resource);
  if (!kind) throw notServed(event.resource);
  changing.access.require(kind, event.namespace, event.name);
  if (event.type === 'ADDED') return undoCreate(changing, reader, kind, event);
  if (event.type === 'DELETED') return restoreGone(changing, event);
  changing.kernel.past.require(kind, revision - 1);
  const before = await reader.before(event);
  if (!before) throw internalError(`the log has no version before revision ${revision}`);
  if (isLeaving(event) && !isLeaving(before)) return undoDeletion(changing, reader, kind, event);
  return undoChange(changing, reader, kind, event, before);
}

async function undoCreate(changing: Changing, reader: HistoryReader, kind: AnyKind, event: LogEvent): Promise<Outcome> {
  const { namespace, name, uid } = event;
  const { dryRun, kernel, force } = changing;
  changing.access.requireVerb('delete', event);
  const current = kernel.world.get(kind, namespace, name) as KubeObject | undefined;
  if (!current || current.metadata.uid !== uid) return { dryRun, objects: [] };
  const obstacles = [...(await changesByUsers(reader, event)), ...(kind === Namespace ? heldIn(changing, name) : [])];
  if (obstacles.length > 0 && !force) throw refusal(kind, name, obstacles);
  const write = writeOf(changing, kind, namespace, name, 'delete');
  // Whoever changes it between the look and the delete has the last word: the version is part of the bargain, unless it is forced.
  const preconditions = { uid, ...(!force && { resourceVersion: current.metadata.resourceVersion }) };
  const removal = await run(changing, write.origin, attemptRemove(write, { preconditions, propagationPolicy: 'Background' }));
  return { dryRun, objects: [{ resource: kind.resource, namespace, name, change: 'deleted', ...revisionOf(changing, removal.object) }] };
}

/** What people did to the object since it was made: a delete would undo that too. Controllers only followed. */
async function changesByUsers(reader: HistoryReader, { resource, namespace, name, uid, revision }: LogEvent): Promise<Obstacle[]> {
  const fields = (await blameOf(reader.versions({ resources: [resource], namespace, name, uid })))?.fields ?? [];
  return fields
    .filter(
      (field) =>
        field.revision > revision &&
        field.controller === undefined &&
        field.subresource !== 'status' &&
        field.path !== '.metadata.generation',
    )
    .map((field) => ({
      field: field.path,
      message: `was changed since by revision ${field.revision} (${field.command ?? field.user}), which a delete would undo too`,
    }));
}

/** So many of the things in a namespace are named. */
const MAX_NAMED = 10;

/** What people put into a namespace since: a delete would take it along. */
function heldIn({ kernel }: Changing, namespace: string): Obstacle[] {
  const held = kernel.world
    .kinds()
    .flatMap((kind) => (!kind.namespaced ? [] : kernel.world.list(kind, namespace).map((object) => [kind, object as KubeObject] as const)));
  return held
    .filter(
      ([kind, object]) =>
        controllerOf(object) === undefined && !OF_CONTROLLERS.has(kind.resource) && !GIVEN.has(`${kind.resource}/${object.metadata.name}`),
    )
    .slice(0, MAX_NAMED)
    .map(([kind, { metadata }]) => ({
      field: `${kind.resource}/${metadata.name}`,
      message: 'is in the namespace, and a delete would take it along',
    }));
}

const OF_CONTROLLERS = new Set(['endpoints', 'endpointslices.discovery.k8s.io', 'events']);
const GIVEN = new Set(['serviceaccounts/default', 'configmaps/kube-root-ca.crt']);

/** The entry only asked the object to go. Once it is gone it can come back; on its way it cannot be stopped. */
async function undoDeletion(changing: Changing, reader: HistoryReader, kind: AnyKind, event: LogEvent): Promise<Outcome> {
  const { namespace, name, uid } = event;
  for await (const page of reader.log.read({ resources: [event.resource], namespace, name, uid, after: event.revision })) {
    const gone = page.find(({ type }) => type === 'DELETED');
    if (gone) return restoreGone(changing, gone);
  }
  throw conflict(kind, name, 'it is being deleted, which cannot be stopped; undo it once it is gone');
}

async function undoChange(changing: Changing, reader: HistoryReader, kind: AnyKind, event: LogEvent, before: LogEvent): Promise<Outcome> {
  const subresource: Subresource | undefined = event.request.subresource === 'status' ? 'status' : undefined;
  const { namespace, name } = event;
  requireUpdate(changing, kind, event, subresource);
  const change: ChangeToUndo = {
    before: await reader.object(before),
    after: await reader.object(event),
    scope: subresource ? 'status' : kind.subresources.includes('status') ? 'all but status' : 'everything',
  };
  const write = writeOf(changing, kind, namespace, name, 'update', subresource);
  let was: KubeObject | undefined;
  const attempt = attemptUpdate(write, (current) => mergedBack(change, (was = current), changing.force));
  try {
    const object = await run(changing, write.origin, (view, put) => {
      const current = view.get(kind, namespace, name) as KubeObject | undefined;
      if (!current) throw new InTheWay([{ field: '', message: 'it was deleted since: undelete it first', stays: true }]);
      if (current.metadata.uid !== event.uid && !changing.force)
        throw new InTheWay([{ field: '', message: `there is another one of that name since ${current.metadata.creationTimestamp}` }]);
      return attempt(view, put);
    });
    return { dryRun: changing.dryRun, objects: changedObjects(changing, kind, event, was, object) };
  } catch (error) {
    if (error instanceof InTheWay) throw refusal(kind, name, error.obstacles);
    if (error instanceof Overtaken)
      throw refusal(kind, name, await obstaclesOf(reader, event, error.superseded, changing.kernel.sealer.seals(kind)));
    throw error;
  }
}

function requireUpdate({ access }: Changing, kind: AnyKind, event: LogEvent, subresource: Subresource | undefined): void {
  if (!subresource) return access.requireVerb('update', event);
  const dot = event.resource.indexOf('.');
  const plural =
    dot < 0 ? `${event.resource}/${subresource}` : `${event.resource.slice(0, dot)}/${subresource}${event.resource.slice(dot)}`;
  access.requireVerb('update', { ...event, resource: plural });
}

/** Later changes of the same fields. */
class Overtaken extends Error {
  constructor(readonly superseded: readonly Superseded[]) {
    super('superseded');
  }
}

/** Another reason why it cannot be. */
class InTheWay extends Error {
  constructor(readonly obstacles: readonly Obstacle[]) {
    super('in the way');
  }
}

/** Runs at the head of the log. */
function mergedBack(change: ChangeToUndo, current: KubeObject, force: boolean): KubeObject {
  const { object, superseded } = mergeBack(change, current, force);
  if (superseded.length > 0 && !force) throw new Overtaken(superseded);
  const shredded = shreddedIn(object).filter((key) => !shreddedIn(current).includes(key));
  if (shredded.length > 0)
    throw new InTheWay([{ field: '', message: `the values of ${shredded.join(', ')} were shredded and cannot come back`, stays: true }]);
  return object;
}

function changedObjects(changing: Changing, kind: AnyKind, event: LogEvent, was: KubeObject | undefined, is: KubeObject): Done[] {
  const { resource, namespace, name } = event;
  const fields = changesBetween(was, is).filter(({ path }) => path !== '.metadata.generation');
  if (fields.length === 0 || sameValue(was, is)) return [];
  const secret = changing.kernel.sealer.seals(kind);
  return [
    {
      resource,
      namespace,
      name,
      change: 'changed',
      ...revisionOf(changing, is),
      fields: secret ? fields.map(({ path }) => ({ path })) : fields,
    },
  ];
}
