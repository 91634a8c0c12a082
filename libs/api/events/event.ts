import type { Event as WireEvent } from 'kubernetes-types/events/v1';
import { Event as CoreEvent } from '#lib/api/core/event';
import { validateEvent, validateEventStep, validateNewEvent } from '#lib/api/core/event-validation';
import { defineKind } from '#lib/api/kind';
import type { KubeObject, Stored } from '#lib/api/meta';

/** The view of events.k8s.io/v1 on a core/v1 Event: the same log entry with other names for its fields. */
export type Event = Stored<WireEvent>;

/** events.k8s.io/v1 name on the left, core/v1 name on the right; what is not here is called the same. */
const NAMES: readonly (readonly [keyof WireEvent, keyof CoreEvent])[] = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

/** Mirrors pkg/apis/events/v1/conversion.go and the strategy of pkg/registry/core/event. */
export const Event = defineKind<Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  storedAs: { apiVersion: 'v1', toStored, fromStored },

  validate: (event) => validateEvent(toStored(event), 'reportingController'),
  validateCreate: (event) => validateNewEvent(toStored(event)),
  validateUpdate: (event, previous) => validateEventStep(toStored(event), toStored(previous)),

  selectableFields: Object.fromEntries(
    Object.entries(CoreEvent.selectableFields ?? {})
      .filter(([field]) => field !== 'source')
      .map(([field, value]) => [renamed(field), (event: Event) => value(toStored(event))]),
  ),
  columns: (CoreEvent.columns ?? []).map((column) => ({
    ...column,
    value: (event: Event, now: Date) => column.value(toStored(event), now),
  })),
});

function renamed(field: string): string {
  if (field === 'reportingComponent') return 'reportingController';
  return field.replace(/^involvedObject\./, 'regarding.');
}

function toStored(event: KubeObject): CoreEvent {
  const copy: Record<string, unknown> = { ...event, apiVersion: 'v1' };
  for (const [there, here] of NAMES) move(copy, there, here);
  copy.involvedObject ??= {};
  return copy as unknown as CoreEvent;
}

function fromStored(event: KubeObject): Event {
  const copy: Record<string, unknown> = { ...event, apiVersion: 'events.k8s.io/v1' };
  for (const [there, here] of NAMES) move(copy, here, there);
  return copy as unknown as Event;
}

function move(object: Record<string, unknown>, from: string, to: string): void {
  if (!Object.hasOwn(object, from)) return;
  object[to] = object[from];
  delete object[from];
}
