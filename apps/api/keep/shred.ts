import { ApiError, badRequest, conflict, notFound } from '#lib/api/errors';
import { Erasure } from '#lib/api/decklog/erasure';
import type { AnyKind } from '#lib/api/kind';
import { logClock } from '#lib/log/log-clock';
import type { Kernel } from '../kernel';
import { attemptRemove } from '../write/remove';
import type { Origin } from '../write/writer';
import { recordErasure } from './erasures';

/** Whose secrets go, and why. */
export interface ShredWish {
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
  /** Deletes the object first when it lives; else that is refused. */
  readonly force: boolean;
}

/**
 * Makes the values of all Secrets that ever had this name unreadable, in all history: destroys their keys, and says so in the log.
 * The keys go first: should the entry fail after that, the values are gone all the same, and asking again writes it.
 * @throws ApiError 404 when there never was one, 409 when it lives.
 */
export async function shred(kernel: Kernel, origin: Origin, wish: ShredWish): Promise<Erasure> {
  const { kind, namespace, name, reason, force } = wish;
  const { sealer, log, world } = kernel;
  if (!sealer.seals(kind)) throw badRequest(`${kind.resource} hold no secrets: only what is encrypted can be shredded`);
  const last = await log.objectAt(kind.resource, namespace, name, world.revision);
  if (!last) throw notFound(kind, name);
  if (world.get(kind, namespace, name)) {
    if (!force) throw conflict(kind, name, 'it is live: delete it first, or say --force to have it deleted');
    await removeLive(kernel, origin, wish);
  }
  const uids = await sealer.shred(kind.resource, namespace, name);
  const before = uids.length === 0 ? shreddedBefore(kernel, wish, last.uid) : undefined;
  if (before) return before;
  return recordErasure(kernel, origin, {
    what: 'Shred',
    reason,
    by: origin.actor.user,
    resource: kind.resource,
    namespace,
    name,
    uids: uids.length > 0 ? uids : [last.uid],
  });
}

/** Nothing was left to destroy, and that is on record: a second record would say that it was done later, and by somebody else. */
const shreddedBefore = ({ world }: Kernel, { kind, namespace, name }: ShredWish, uid: string): Erasure | undefined =>
  world
    .list(Erasure)
    .find(
      ({ spec }) =>
        spec.what === 'Shred' &&
        spec.resource === kind.resource &&
        spec.namespace === namespace &&
        spec.name === name &&
        (spec.uids ?? []).includes(uid),
    );

/** Through the pipeline, as any delete; what a finalizer holds cannot be shredded. */
async function removeLive({ writer }: Kernel, origin: Origin, { kind, namespace, name }: ShredWish): Promise<void> {
  const request = { kind, namespace, name, origin, now: logClock.date(), dryRun: false, warnings: [] };
  const removal = await writer.submit(
    { ...origin, request: { ...origin.request, verb: 'delete' } },
    attemptRemove(request, { gracePeriodSeconds: 0 }),
  );
  if (removal.gone) return;
  throw new ApiError(conflict(kind, name, `its finalizers hold it: ${(removal.object.metadata.finalizers ?? []).join(', ')}`).status);
}
