import { amountsOf } from '#lib/api/metrics/usage';
import { aPod } from '#lib/reconcile/testing/builders/pod';
import type { Pod } from '#lib/api/core/pod/pod';
import { usageOfNode, usageOfPod } from './simulated-usage';

const aRunningPod = (resources: object = {}, annotations: Record<string, string> = {}, uid = 'u'): Pod => {
  const pod = aPod({ uid, annotations });
  return {
    ...pod,
    spec: { ...pod.spec, containers: [{ name: 'web', image: 'nginx', resources } as Pod['spec']['containers'][number]] },
    status: { phase: 'Running', containerStatuses: [{ name: 'web', state: { running: {} } }] } as Pod['status'],
  };
};

describe('what simulated containers use', () => {
  test('is a part of what they ask for, and always the same', () => {
    const pod = aRunningPod({ requests: { cpu: '1', memory: '1Gi' } });
    const [container] = usageOfPod(pod) ?? [];
    const { cpu, memory } = amountsOf(container?.usage ?? {});
    expect(cpu).toBeGreaterThanOrEqual(300);
    expect(cpu).toBeLessThanOrEqual(800);
    expect(memory).toBeGreaterThanOrEqual(0.29 * 2 ** 30);
    expect(memory).toBeLessThanOrEqual(0.81 * 2 ** 30);
    expect(usageOfPod(structuredClone(pod))).toEqual(usageOfPod(pod));
    expect(usageOfPod(aRunningPod({ requests: { cpu: '1' } }, {}, 'another'))).not.toEqual(usageOfPod(aRunningPod({ requests: { cpu: '1' } })));
  });

  test('is never more than their limits', () => {
    expect(usageOfPod(aRunningPod({ requests: { cpu: '1' }, limits: { cpu: '10m', memory: '1Mi' } }))).toEqual([
      { name: 'web', usage: { cpu: '10m', memory: '1Mi' } },
    ]);
  });

  test('is little when they ask for nothing', () => {
    const [container] = usageOfPod(aRunningPod()) ?? [];
    expect(amountsOf(container?.usage ?? {}).cpu).toBeLessThan(10);
  });

  test('is what annotations say, for all containers or for one', () => {
    expect(
      usageOfPod(aRunningPod({}, { 'simulated.decklog.io/cpu': '2', 'simulated.decklog.io/cpu.web': '1500m', 'simulated.decklog.io/memory': '1Gi' })),
    ).toEqual([{ name: 'web', usage: { cpu: '1500m', memory: '1Gi' } }]);
    expect(usageOfPod(aRunningPod({}, { 'simulated.decklog.io/cpu': 'much' }))).toEqual(usageOfPod(aRunningPod()));
  });

  test('is nothing while they do not run', () => {
    expect(usageOfPod({ ...aRunningPod(), status: { phase: 'Pending' } as Pod['status'] })).toBeUndefined();
  });

  test('is added up for their node, which needs something itself', () => {
    const pod = aRunningPod({}, { 'simulated.decklog.io/cpu': '1', 'simulated.decklog.io/memory': '1Gi' });
    expect(usageOfNode([pod, pod])).toEqual({ cpu: '2080m', memory: '2368Mi' });
  });
});
