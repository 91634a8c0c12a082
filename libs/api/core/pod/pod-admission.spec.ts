import { addDefaultTolerations, applyPriority, keepPriority, mountServiceAccount } from '#lib/api/core/pod/pod-admission';
import type { PodSpec } from '#lib/api/core/pod/pod-types';
import { podDefaults } from '#lib/api/core/pod/pod-defaults';
import { validatePod } from '#lib/api/core/pod/pod-validation';

const aPod = (spec: Partial<PodSpec> = {}): { spec: PodSpec } => ({ spec: { containers: [{ name: 'c', image: 'x' }], ...spec } });

describe('default tolerations', () => {
  const keys = (spec: Partial<PodSpec>): (string | undefined)[] => {
    const pod = aPod(spec);
    addDefaultTolerations(pod);
    return (pod.spec.tolerations ?? []).map(({ key, tolerationSeconds }) => `${key} ${tolerationSeconds}`);
  };
  const both = ['node.kubernetes.io/not-ready 300', 'node.kubernetes.io/unreachable 300'];
  test('give five minutes', () => expect(keys({})).toEqual(both));
  test('are not for pods that bear everything', () => expect(keys({ tolerations: [{ operator: 'Exists' }] })).toEqual(['undefined undefined']));
  test('add only what is missing', () => {
    const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    expect(keys({ tolerations: [own] })).toEqual(['node.kubernetes.io/not-ready 5', 'node.kubernetes.io/unreachable 300']);
  });
  test('are not replaced by a toleration of another effect', () => {
    expect(keys({ tolerations: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] })).toHaveLength(3);
  });
});

describe('the service account', () => {
  test('is default, and its token is mounted once in every container', () => {
    const pod = aPod({ initContainers: [{ name: 'i', image: 'x' }] });
    mountServiceAccount(pod, {}, 'abcde');
    const mount = { mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'kube-api-access-abcde', readOnly: true };
    expect([pod.spec.serviceAccountName, pod.spec.serviceAccount]).toEqual(['default', 'default']);
    expect([pod.spec.containers[0]?.volumeMounts, pod.spec.initContainers?.[0]?.volumeMounts]).toEqual([[mount], [mount]]);
    expect(pod.spec.volumes?.map(({ name }) => name)).toEqual(['kube-api-access-abcde']);
    mountServiceAccount(pod, {}, 'other');
    expect(pod.spec.volumes).toHaveLength(1);
  });

  test('makes a pod that is valid', () => {
    const pod = { metadata: { name: 'p' }, ...aPod() };
    podDefaults(pod);
    mountServiceAccount(pod, {}, 'abcde');
    expect(validatePod(pod)).toEqual([]);
  });

  test('mounts nothing when pod or account say no, and the pod decides', () => {
    const volumes = (pod: boolean | undefined, account: boolean | undefined) => {
      const it = aPod({ automountServiceAccountToken: pod });
      mountServiceAccount(it, { automountServiceAccountToken: account }, 'x');
      return it.spec.volumes?.length ?? 0;
    };
    expect([volumes(false, true), volumes(undefined, false), volumes(true, false), volumes(undefined, undefined)]).toEqual([0, 0, 1, 1]);
  });

  test('hands over its pull secrets to pods that have none', () => {
    const pod = aPod();
    mountServiceAccount(pod, { imagePullSecrets: [{ name: 'registry' }] }, 'x');
    expect(pod.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  });
});

describe('priority', () => {
  const apply = (spec: Partial<PodSpec>) => {
    const pod = aPod(spec);
    return [applyPriority(pod), pod.spec.priority, pod.spec.preemptionPolicy];
  };
  test('is 0 without a class', () => expect(apply({})).toEqual([undefined, 0, 'PreemptLowerPriority']));
  test('is that of the class', () => expect(apply({ priorityClassName: 'system-node-critical' })[1]).toBe(2_000_001_000));
  test('needs a class that exists', () => expect(apply({ priorityClassName: 'x' })[0]).toBe('no PriorityClass with name x was found'));
  test('is not chosen by the user', () => {
    expect(apply({ priority: 7 })[0]).toBe(
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    );
  });
  test('stays on update', () => {
    const pod = aPod();
    keepPriority(pod, aPod({ priority: 3, preemptionPolicy: 'Never' }));
    expect([pod.spec.priority, pod.spec.preemptionPolicy]).toEqual([3, 'Never']);
  });
});
