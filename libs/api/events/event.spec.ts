import { Event as CoreEvent } from '#lib/api/core/event';
import { complaints, created, row, stepComplaints } from '#lib/api/testing/given-kind';
import { parseFieldSelector } from '#lib/api/validation/field-selectors';
import { Event } from './event';

const OLD = 'involvedObject: {kind: Pod, namespace: default, name: web}, reason: Pulled, type: Normal';
const NEW =
  'regarding: {kind: Pod, namespace: default, name: web}, reason: Pulled, type: Normal, eventTime: "2026-01-02T03:03:05.000000Z", reportingController: a.io/b, reportingInstance: c, action: Pull';

describe('events', () => {
  test('an event is about an object of its namespace', () => {
    expect(complaints(CoreEvent, `{${OLD}}`)).toEqual([]);
    expect(complaints(CoreEvent, '{involvedObject: {namespace: other}}')).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
    expect(complaints(CoreEvent, '{metadata: {namespace: other}, involvedObject: {kind: Node}}')).toEqual([
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ]);
    expect(complaints(CoreEvent, '{involvedObject: {kind: Node}}')).toEqual([]);
  });

  test('a new-style event says who saw what', () => {
    expect(complaints(Event, `{${NEW}}`)).toEqual([]);
    expect(complaints(Event, '{regarding: {namespace: default}, eventTime: t, deprecatedCount: 2, type: Odd, series: {count: 1}}')).toEqual([
      'reportingController: Required value',
      'reportingController: Invalid value: "": name part must be non-empty',
      expect.stringMatching(/^reportingController: Invalid value: "": name part must consist/),
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
      'series.count: Invalid value: "": should be at least 2',
      'series.lastObservedTime: Required value',
      'type: Invalid value: "": has invalid value: Odd',
      'count: Invalid value: "": needs to be unset',
    ]);
    expect(complaints(Event, '{regarding: {namespace: default}, type: Normal}')).toEqual(['eventTime: Required value']);
    expect(complaints(CoreEvent, '{involvedObject: {namespace: default}, eventTime: t}')).toContain('reportingComponent: Required value');
  });

  test('of a new-style event only the series changes', () => {
    const series = 'series: {count: 2, lastObservedTime: "2026-01-02T03:03:05.000000Z"}';
    expect(stepComplaints(Event, `{${NEW}}`, `{${NEW}, ${series}}`)).toEqual([]);
    expect(stepComplaints(Event, `{${NEW}}`, `{${NEW}, note: '', deprecatedSource: {}, deprecatedCount: 0, deprecatedFirstTimestamp: null}`)).toEqual([]);
    expect(stepComplaints(Event, `{${NEW}}`, `{${NEW}, note: hello}`)).toEqual(['message: Invalid value: "hello": field is immutable']);
  });

  test('both views are the same entry', () => {
    const view = created(
      Event,
      `{${NEW}, note: n, deprecatedCount: 3, deprecatedSource: {component: s}, deprecatedFirstTimestamp: f, deprecatedLastTimestamp: l}`,
    );
    const stored = Event.storedAs?.toStored(view);
    expect(stored).toMatchObject({
      apiVersion: 'v1',
      message: 'n',
      count: 3,
      source: { component: 's' },
      firstTimestamp: 'f',
      lastTimestamp: 'l',
      involvedObject: { name: 'web' },
      reportingComponent: 'a.io/b',
    });
    expect(Object.keys(stored ?? {}).filter((key) => key.startsWith('deprecated'))).toEqual([]);
    expect(Event.storedAs?.fromStored(stored as CoreEvent)).toEqual(view);
  });

  test('are chosen by whom they are about', () => {
    const event = created(CoreEvent, `{${OLD}, source: {component: kubelet}}`);
    const matches = (text: string): boolean => parseFieldSelector(CoreEvent, text).matches(event);
    expect([matches('involvedObject.name=web,source=kubelet,type=Normal'), matches('involvedObject.uid=1')]).toEqual([true, false]);
    expect(parseFieldSelector(Event, 'regarding.name=web,reportingController=a.io/b').matches(created(Event, `{${NEW}}`))).toBe(true);
    expect(() => parseFieldSelector(CoreEvent, 'regarding.name=web')).toThrow('field label not supported: regarding.name');
  });

  test.each([
    [
      `{${OLD}, firstTimestamp: "2026-01-02T02:04:05Z", lastTimestamp: "2026-01-02T03:03:05Z", count: 7, message: " hi ", source: {component: kubelet, host: n1}}`,
      ['60s', 'Normal', 'Pulled', 'pod/web', '', 'kubelet, n1', 'hi', '60m', 7, 'x'],
    ],
    [
      `{${OLD}, eventTime: "2026-01-02T03:02:05.000000Z", reportingComponent: a, series: {count: 2, lastObservedTime: "2026-01-02T03:04:00.000000Z"}}`,
      ['5s', 'Normal', 'Pulled', 'pod/web', '', 'a', '', '2m', 2, 'x'],
    ],
    ['{involvedObject: {kind: Node}}', ['<unknown>', '', '', 'node', '', '', '', '<unknown>', 1, 'x']],
  ])('%s is shown as %j', (given, cells) => {
    expect(row(CoreEvent, given, true)).toEqual(cells);
  });

  test('both views are shown alike', () => {
    expect(row(Event, `{${NEW}, note: n}`, true)).toEqual(['60s', 'Normal', 'Pulled', 'pod/web', '', 'a.io/b, c', 'n', '60s', 1, 'x']);
  });
});
