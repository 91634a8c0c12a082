import { Event } from '#lib/api/core/event';
import { correlationOf } from '#lib/api/core/event-correlation';
import { rfc3339 } from '#lib/api/time';
import type { Report } from '#lib/reconcile/command';
import { randomInt, randomUUID } from 'node:crypto';
import type { WishExtras } from './create';
import type { View } from './view';
import type { OriginatedWish } from './writer';

/**
 * Writes down a controller's report as a Kubernetes Event; a repeat counts up the Event there is.
 * Mirrors client-go/tools/record/events_cache.go, without its spam filter: the log keeps everything anyway.
 */
export function writeReport(
  view: View,
  write: (wish: OriginatedWish) => void,
  report: Report,
  component: string,
  now: Date,
  extras: WishExtras = {},
): Event {
  const namespace = report.about.namespace === '' ? 'default' : report.about.namespace;
  const fresh = newEvent(report, component, namespace, now);
  const known = view.indexed(Event, 'correlation', correlationOf(fresh) ?? '')[0];
  if (!known) {
    write({ kind: Event, type: 'ADDED', object: fresh, ...extras });
    return fresh;
  }
  const next: Event = { ...known, metadata: { ...known.metadata }, count: (known.count ?? 1) + 1, lastTimestamp: rfc3339(now) };
  write({ kind: Event, type: 'MODIFIED', object: next, ...extras });
  return next;
}

let lastMs = 0;
let nanos = 0;

/** Nanoseconds since 1970 in hex, as upstream names Events; within a millisecond they count up, so that names sort as things happened. */
function stampOf(now: Date): string {
  const ms = now.getTime();
  nanos = ms === lastMs ? nanos + 1 : randomInt(500_000);
  lastMs = ms;
  return (BigInt(ms) * 1_000_000n + BigInt(nanos)).toString(16);
}

function newEvent(report: Report, component: string, namespace: string, now: Date): Event {
  const { apiVersion, kind, name, uid, resourceVersion, fieldPath } = report.about;
  const time = rfc3339(now);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name}.${stampOf(now)}`,
      namespace,
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: time,
    },
    involvedObject: {
      kind,
      ...(report.about.namespace && { namespace: report.about.namespace }),
      name,
      ...(uid && { uid }),
      apiVersion,
      ...(resourceVersion && { resourceVersion }),
      ...(fieldPath && { fieldPath }),
    },
    reason: report.reason,
    message: report.message.slice(0, 1024),
    source: { component, ...(report.host && { host: report.host }) },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: report.type,
    ...(report.action && { action: report.action }),
    reportingComponent: component,
    reportingInstance: report.host ?? '',
  } as Event;
}
