import { Event } from '#lib/api/core/event';
import { correlationOf } from '#lib/api/core/event-correlation';
import { rfc3339 } from '#lib/api/time';
import type { Report } from '#lib/reconcile/command';
import { randomBytes, randomUUID } from 'node:crypto';
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

function newEvent(report: Report, component: string, namespace: string, now: Date): Event {
  const { apiVersion, kind, name, uid, resourceVersion, fieldPath } = report.about as Report['about'] & { fieldPath?: string };
  const time = rfc3339(now);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name}.${(BigInt(now.getTime()) * 1_000_000n).toString(16)}${randomBytes(2).toString('hex')}`,
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
    source: { component },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: report.type,
    ...(report.action && { action: report.action }),
    reportingComponent: component,
    reportingInstance: '',
  } as Event;
}
