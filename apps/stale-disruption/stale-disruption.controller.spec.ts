import type { Pod } from '#lib/api/core/pod/pod';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import { given, worldOf } from '#lib/reconcile/testing/given';
import { staleDisruption } from './stale-disruption.controller';

const decide = given(staleDisruption);

const threatened = (since: string, change: { deleted?: string } = {}, status: Partial<Pod['status']> = {}, reason = 'EvictionByEvictionAPI'): Pod => {
  const pod = aPod({ name: 'web', ...change });
  const condition = { type: 'DisruptionTarget', status: 'True', reason, message: 'Eviction API: evicting', lastTransitionTime: since };
  return { ...pod, status: { ...pod.status, ...status, conditions: [{ type: 'Ready', status: 'True' }, condition] } } as Pod;
};

describe('a pod that was to be disrupted', () => {
  test('stays as it is for two minutes, and is then in no danger any more', () => {
    expect(decide(threatened('2030-01-01T11:58:30Z'))).toEqual([{ do: 'wake', at: new Date('2030-01-01T12:00:30Z') }]);
    expect(decide(threatened('2030-01-01T11:58:00Z'))).toMatchObject([
      {
        do: 'setStatus',
        status: { conditions: [{ type: 'Ready' }, { type: 'DisruptionTarget', status: 'False', lastTransitionTime: '2030-01-01T12:00:00Z' }] },
      },
    ]);
    const [command] = decide(threatened('2030-01-01T11:58:00Z'));
    expect(JSON.stringify(command)).not.toContain('evicting');
  });

  test.each([
    ['asked to go', threatened('2030-01-01T11:00:00Z', { deleted: '2030-01-01T11:00:00Z' })],
    ['finished', threatened('2030-01-01T11:00:00Z', {}, { phase: 'Failed' })],
    ['ended by its kubelet', threatened('2030-01-01T11:00:00Z', {}, {}, 'TerminationByKubelet')],
    ['in no danger', aPod({ name: 'web' })],
  ])('and is %s is left alone', (_, pod) => {
    expect(decide(pod)).toEqual([]);
    expect(staleDisruption.concerns?.(pod, worldOf(pod))).toBe(false);
  });
});
