import type { Event as WireEvent } from 'kubernetes-types/core/v1';
import type { Column } from '#lib/api/kind';
import { ageOf } from '#lib/api/duration';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';
import { correlationOf } from './event-correlation';
import { validateEvent } from './event-validation';

/** Something that happened to an object, as people read it. The entries of our own log are another thing. */
export type Event = Stored<WireEvent>;

/**
 * Mirrors pkg/registry/core/event/strategy.go. The same Event is also served as events.k8s.io/v1
 * (libs/api/events/event.ts); this is the form that is stored.
 */
export const Event = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  createsOnUpdate: true,
  shortNames: ['ev'],
  scope: 'Namespaced',
  indexes: {
    /** The one to count up when the same thing happens again. */
    correlation: correlationOf,
  },

  validate: (event) => validateEvent(event, 'reportingComponent'),

  selectableFields: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
  columns: [
    { name: 'Last Seen', type: 'string', value: lastSeen },
    { name: 'Type', type: 'string', value: (event) => event.type ?? '' },
    { name: 'Reason', type: 'string', value: (event) => event.reason ?? '' },
    { name: 'Object', type: 'string', value: aboutWhom },
    { name: 'Subobject', type: 'string', priority: 1, value: (event) => event.involvedObject.fieldPath ?? '' },
    { name: 'Source', type: 'string', priority: 1, value: reportedBy },
    { name: 'Message', type: 'string', value: (event) => (event.message ?? '').trim() },
    { name: 'First Seen', type: 'string', priority: 1, value: firstSeen },
    { name: 'Count', type: 'integer', priority: 1, value: (event) => event.series?.count ?? (event.count || 1) },
    { name: 'Name', type: 'string', format: 'name', priority: 1, value: (event) => event.metadata.name },
  ] satisfies Column<Event>[],
});

function firstSeen(event: Event, now: Date): string {
  return ageOf(event.firstTimestamp ?? event.eventTime, now);
}

function lastSeen(event: Event, now: Date): string {
  if (event.series) return ageOf(event.series.lastObservedTime, now);
  return event.lastTimestamp ? ageOf(event.lastTimestamp, now) : firstSeen(event, now);
}

function aboutWhom({ involvedObject: { kind = '', name } }: Event): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function reportedBy({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}
