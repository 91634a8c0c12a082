import { Event } from '#lib/api/core/event';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { NOW, secondsAgo } from '#lib/reconcile/testing/now';
import { eventTtl } from './event-ttl.controller';

const decide = given(eventTtl);
const anEvent = (times: object, created = secondsAgo(9000)): Event =>
  build(Event, { created }, { involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' }, reason: 'Started', ...times });

describe('event-ttl', () => {
  test('waits for an hour since the event was last seen', () => {
    const at = new Date(NOW.getTime() + 3_599_000);
    expect(decide(anEvent({ lastTimestamp: secondsAgo(1) }))).toEqual([{ do: 'wake', at }]);
    expect(decide(anEvent({ lastTimestamp: secondsAgo(8000), series: { count: 2, lastObservedTime: secondsAgo(1) } }))).toEqual([{ do: 'wake', at }]);
    expect(decide(anEvent({ firstTimestamp: null, lastTimestamp: null }, secondsAgo(1)))).toEqual([{ do: 'wake', at }]);
  });

  test('counts from the write, whatever time the reporter gives', () => {
    expect(decide(anEvent({ eventTime: secondsAgo(90_000) }, secondsAgo(1)))).toMatchObject([{ do: 'wake' }]);
  });

  test('then deletes it', () => {
    expect(decide(anEvent({ lastTimestamp: secondsAgo(3600) }))).toMatchObject([{ do: 'remove', ref: { kind: 'Event' } }]);
  });
});
