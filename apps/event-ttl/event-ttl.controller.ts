import { Event } from '#lib/api/core/event';
import { parseTime } from '#lib/api/time';
import { remove, wake } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';

/** How long an Event is kept after it was last seen: kube-apiserver's `--event-ttl`. */
const TTL_MS = 3_600_000;

/** Deletes Kubernetes Events an hour after they were last seen. Upstream, etcd does it with a lease per key. */
export const eventTtl = defineController<Event>({
  name: 'event-ttl',
  for: Event,

  reconcile(event, _world, now) {
    // Reporters may give any time, and upstream counts from the write: so the latest of all.
    const times = [event.metadata.creationTimestamp, event.series?.lastObservedTime, event.lastTimestamp];
    const at = Math.max(...times.map((time) => parseTime(time ?? undefined)?.getTime() ?? 0)) + TTL_MS;
    return at <= now.getTime() ? [remove(event)] : [wake(new Date(at))];
  },
});
