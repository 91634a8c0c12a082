import { randomUUID } from 'node:crypto';
import { Erasure, type ErasureSpec } from '#lib/api/decklog/erasure';
import { rfc3339 } from '#lib/api/time';
import { logClock } from '#lib/log/log-clock';
import type { Kernel } from '../kernel';
import { generatedName } from '../write/random';
import type { Origin } from '../write/writer';

/** Writes down that something went from history. */
export function recordErasure({ writer }: Kernel, origin: Origin, spec: ErasureSpec): Promise<Erasure> {
  const metadata = {
    name: generatedName(`${spec.what.toLowerCase()}-`),
    uid: randomUUID(),
    resourceVersion: '',
    creationTimestamp: rfc3339(logClock.date()),
  };
  const object: Erasure = { apiVersion: Erasure.apiVersion, kind: 'Erasure', metadata, spec };
  return writer.submit(origin, (_, write) => {
    write({ kind: Erasure, type: 'ADDED', object });
    return object;
  });
}

/**
 * Every API server hears of a shredded Secret as an entry of the log, and forgets what it still has: the keys, past worlds, recent
 * changes, pages of lists. From then on its values read `<shredded>` here too.
 */
export function forgetWhatIsErased({ world, sealer, past, continuations, pastContinuations }: Kernel): void {
  world.onChange(({ kind, object }) => {
    if (kind !== Erasure) return;
    for (const uid of (object as Erasure).spec.uids ?? []) sealer.forget(uid);
    past.forget();
    continuations.forget();
    pastContinuations.forget();
    world.forgetRecent();
  });
}
