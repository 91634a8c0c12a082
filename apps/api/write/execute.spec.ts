import { ReplicaSet } from '#lib/api/apps/replicaset';
import { Event } from '#lib/api/core/event';
import { Pod } from '#lib/api/core/pod/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { refOf } from '#lib/api/meta';
import { create, report, reportOn, type Command } from '#lib/reconcile/command';
import { aReplicaSet } from '#lib/reconcile/testing/builders/replicaset';
import type { CommandRequest } from '#lib/runtime/commands';
import { anApi, type AnApi } from '../testing/an-api';
import { CommandExecutor } from './execute';

const pod = create({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'web-', namespace: 'default' },
  spec: { containers: [{ name: 'web', image: 'nginx' }] },
} as never);

const decision = (commands: readonly Command[], more: Partial<CommandRequest> = {}): CommandRequest => ({
  controller: 'replicaset',
  component: 'replicaset-controller',
  user: 'admin',
  groups: ['system:masters'],
  version: '1',
  key: 'default/web',
  world: 5,
  now: '2030-01-01T12:00:00.000Z',
  digests: commands.map(() => '0'),
  commands: commands as CommandRequest['commands'],
  cause: [5],
  ...more,
});

describe('the decision of a controller', () => {
  let api: AnApi;
  let executor: CommandExecutor;
  const executorOf = ({ kernel }: AnApi, now?: () => Date): CommandExecutor =>
    new CommandExecutor(kernel.writer, kernel.consult, kernel.world, kernel.authorizer, now);
  const pods = (of = api): number => of.kernel.world.list(Pod).length;

  beforeEach(async () => {
    api = await anApi();
    await api.create(ServiceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    executor = executorOf(api);
  });

  test('answers the last revision that it wrote, also when that is of an Event', async () => {
    const { results, revision } = await executor.execute(decision([pod, report(aReplicaSet({ name: 'web' }), 'SuccessfulCreate', 'Created pod')]));
    expect(results).toMatchObject([{ ok: true }, { ok: true }]);
    expect(revision).toBe(api.kernel.world.revision);
    expect(Number(api.kernel.world.list(Event).at(-1)?.metadata.resourceVersion)).toBe(revision);
  });

  test('is carried out once, however often it is sent', async () => {
    const [first, second] = await Promise.all([executor.execute(decision([pod])), executor.execute(decision([pod]))]);
    const third = await executor.execute(decision([pod]));
    expect(pods()).toBe(1);
    expect(first.results).toMatchObject([{ ok: true }]);
    expect(second).toEqual(first);
    expect(third).toMatchObject({ results: [{ ok: false, status: { reason: 'Conflict' } }], revision: first.revision });
  });

  test('is carried out once by two API servers on one log', async () => {
    const other = await anApi(api.log);
    await executor.execute(decision([pod]));
    const again = await executorOf(other).execute(decision([pod]));
    expect(again.results).toMatchObject([{ ok: false, status: { reason: 'Conflict' } }]);
    expect(pods(other)).toBe(1);
  });

  test('says once that its pods are refused, and not again for each name that was drawn: that would wake who tries them, for ever', async () => {
    const set = await api.create<ReplicaSet>(ReplicaSet, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
      },
    });
    const refused = create({ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-', namespace: 'default' }, spec: { containers: [] } } as never, {
      orReport: reportOn(set, 'Warning', 'FailedCreate', 'Error creating: '),
      orCondition: { of: refOf(set), condition: { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: '' } },
    });
    const told = (): ReplicaSet => api.kernel.world.get(ReplicaSet, 'default', 'web') as ReplicaSet;
    await executor.execute(decision([refused]));
    const first = told();
    await executor.execute(decision([refused], { world: 6 }));
    const messages = api.kernel.world.list(Event).map(({ message }) => message);
    expect(messages).toHaveLength(2);
    expect(messages[0]).not.toBe(messages[1]);
    expect(first.status.conditions).toMatchObject([{ type: 'ReplicaFailure', message: expect.stringContaining('is invalid') }]);
    expect(told()).toEqual(first);
  });

  test('is another one with another key, time or world', async () => {
    for (const more of [{}, { key: 'default/db' }, { now: '2030-01-01T12:00:00.001Z' }, { world: 6 }]) await executor.execute(decision([pod], more));
    expect(pods()).toBe(4);
  });

  test('is not carried out after it has expired, not even when it came in time and had to wait', async () => {
    const expires = '2030-01-01T12:00:15.000Z';
    let now = new Date('2030-01-01T12:00:15.000Z');
    const asked = executorOf(api, () => now).execute(decision([pod], { expires }));
    now = new Date('2030-01-01T12:00:15.001Z');
    expect((await asked).results).toMatchObject([{ ok: false, status: { reason: 'ServiceUnavailable' } }]);
    expect(pods()).toBe(0);
    now = new Date(expires);
    await executorOf(api, () => now).execute(decision([pod], { expires }));
    expect(pods()).toBe(1);
  });
});
