import type { Event as WireEvent } from 'kubernetes-types/core/v1';
import { sameValue } from '#lib/api/equality';
import { invalid, required, type FieldError } from '#lib/api/field-error';
import type { Stored } from '#lib/api/meta';
import { validateImmutable } from '#lib/api/validation/meta';
import { isQualifiedName } from '#lib/api/validation/names';
import { obeys } from '#lib/api/validation/rules';
import { byteLength } from '#lib/api/validation/size';

type Event = Stored<WireEvent>;

const MAX_TEXT = 128;
const MAX_NOTE = 1024;

/**
 * What every Event must be. Those with an `eventTime` come from the newer reporters and must say more.
 * `reporter` is the name of the reporting controller's field in the version asked for. Mirrors legacyValidateEvent.
 */
export function validateEvent(event: Event, reporter: 'reportingComponent' | 'reportingController'): FieldError[] {
  const involved = event.involvedObject?.namespace ?? '';
  const namespace = event.metadata.namespace ?? '';
  const elsewhere = [invalid('involvedObject.namespace', involved, 'does not match event.namespace')];
  if (!event.eventTime) {
    const agrees = involved === '' ? namespace === '' || namespace === 'default' : namespace === involved;
    return agrees ? [] : elsewhere;
  }
  const agrees = involved !== '' || namespace === 'default' || namespace === 'kube-system';
  return [...(agrees ? [] : elsewhere), ...validateReport(event, reporter)];
}

function validateReport(event: Event, reporter: string): FieldError[] {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' } = event;
  const bounded = (field: string, value: string): FieldError[] => [
    ...(value === '' ? [required(field)] : []),
    ...(byteLength(value) > MAX_TEXT ? [invalid(field, '', `can have at most ${MAX_TEXT} characters`)] : []),
  ];
  return [
    ...(reportingComponent === '' ? [required(reporter)] : []),
    ...obeys(reporter, reportingComponent, isQualifiedName),
    ...bounded('reportingInstance', reportingInstance),
    ...bounded('action', action),
    ...bounded('reason', reason),
    ...(byteLength(message) > MAX_NOTE ? [invalid('message', '', `can have at most ${MAX_NOTE} characters`)] : []),
  ];
}

/** What a new Event of events.k8s.io/v1 must be besides. Mirrors ValidateEventCreate. */
export function validateNewEvent(event: Event): FieldError[] {
  const unset = (field: string, isSet: boolean): FieldError[] => (isSet ? [invalid(field, '', 'needs to be unset')] : []);
  return [
    ...validateSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(event.type === 'Normal' || event.type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${event.type ?? ''}`)]),
    ...unset('firstTimestamp', Boolean(event.firstTimestamp)),
    ...unset('lastTimestamp', Boolean(event.lastTimestamp)),
    ...unset('count', Boolean(event.count)),
    ...unset('source', Boolean(event.source?.component || event.source?.host)),
  ];
}

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
] as const;

/** Of an Event of events.k8s.io/v1 only the series may change. Mirrors ValidateEventUpdate. */
export function validateEventStep(event: Event, previous: Event): FieldError[] {
  const fixed = (name: keyof Event, field: string = name): FieldError[] =>
    validateImmutable(orNothing(event[name]), orNothing(previous[name]), field);
  return [
    ...(sameValue(event.series, previous.series) ? [] : validateSeries(event)),
    ...FIXED.flatMap((name) => fixed(name)),
    ...fixed('reportingComponent', 'reportingController'),
    ...fixed('reportingInstance'),
  ];
}

/** Go writes empty members of an Event where others leave them out; both mean the same. */
function orNothing(value: unknown): unknown {
  if (value === null || value === '' || value === 0) return undefined;
  return typeof value === 'object' && Object.keys(value).length === 0 ? undefined : value;
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}
