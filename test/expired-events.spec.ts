import { Event } from '#lib/api/core/event';
import type { Command } from '#lib/reconcile/command';
import { MemoryLog } from '#lib/log/memory-log';
import { anApi } from '../apps/api/testing/an-api';
import { CommandExecutor } from '../apps/api/write/execute';
import { eventTtl } from '../apps/event-ttl/event-ttl.controller';

const DAY = 86_400_000;

/** N27: Kubernetes Events live an hour, and the log remembers them. */
test('Events of yesterday can be listed as of yesterday, though they have expired', async () => {
  let now = Date.now() - DAY;
  const { kernel, create, log } = await anApi(new MemoryLog(() => now));
  const { world, past, writer, consult, authorizer } = kernel;
  const told = await create<Event>(Event, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1' },
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
    reason: 'Started',
    message: 'Started container',
    type: 'Normal',
  });
  const yesterday = new Date(now + 60_000).toISOString();

  now += DAY;
  // what it was made at is this machine's time, so an hour after that it expires
  const later = new Date(Date.parse(told.metadata.creationTimestamp) + 3_600_000);
  const commands = eventTtl.reconcile(told, world, later) as Exclude<Command, { do: 'wake' }>[];
  await new CommandExecutor(writer, consult, world, authorizer).execute({
    controller: eventTtl.name,
    component: eventTtl.name,
    user: 'system:serviceaccount:kube-system:event-ttl',
    groups: ['system:masters'],
    version: '1',
    key: 'default/web.1',
    world: world.revision,
    now: later.toISOString(),
    digests: ['0'],
    commands,
    cause: [world.revision],
  });

  const reasons = (events: readonly Event[]) => events.map(({ reason, message }) => `${reason}: ${message}`);
  expect(reasons(world.list(Event))).toEqual([]);
  expect((await log.event(world.revision))?.type).toBe('DELETED');
  const then = await past.worldAt(Event, await past.revisionOf(yesterday, world.revision));
  expect(reasons(then.list(Event))).toEqual(['Started: Started container']);
});
