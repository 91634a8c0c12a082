import { claimProblems, fillDefaults, podProblems } from './limits';

const item = (type: string, bounds: object) => ({ type, ...bounds }) as never;
const aPod = (...containers: object[]) => ({
  metadata: {} as { annotations?: Record<string, string> },
  spec: { containers: containers.map((one, i) => ({ name: `c${i}`, ...one })) } as never,
});

describe('limit ranges', () => {
  test('give containers what they do not say, and note it', () => {
    const pod = aPod({}, { resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } });
    expect(fillDefaults(pod, [item('Container', { default: { cpu: '500m', memory: '1Gi' }, defaultRequest: { cpu: '100m' } })])).toBe(true);
    expect(pod.spec).toMatchObject({
      containers: [
        { resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m' } } },
        { resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1' } } },
      ],
    });
    expect(pod.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu request for container c0; cpu, memory limit for container c0; memory limit for container c1',
    });
  });

  test.each<[object, object, string]>([
    [{ min: { cpu: '200m' } }, { requests: { cpu: '100m' } }, 'minimum cpu usage per Container is 200m, but request is 100m'],
    [{ min: { cpu: '200m' } }, {}, 'minimum cpu usage per Container is 200m.  No request is specified'],
    [{ max: { memory: '1Gi' } }, { limits: { memory: '2Gi' } }, 'maximum memory usage per Container is 1Gi, but limit is 2Gi'],
    [{ max: { memory: '1Gi' } }, {}, 'maximum memory usage per Container is 1Gi.  No limit is specified'],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { limits: { cpu: '1' }, requests: { cpu: '300m' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.333333',
    ],
    [{ maxLimitRequestRatio: { cpu: '2' } }, {}, 'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0'],
  ])('refuse what %j does not allow: %j', (bounds, resources, words) => {
    expect(podProblems(aPod({ resources }).spec, [item('Container', bounds)])).toEqual([words]);
  });

  test('hold pods to the sum of their containers, and claims to both bounds', () => {
    const two = aPod({ resources: { limits: { cpu: '1' } } }, { resources: { limits: { cpu: '1500m' } } });
    expect(podProblems(two.spec, [item('Pod', { max: { cpu: '2' } })])).toEqual(['maximum cpu usage per Pod is 2, but limit is 2500m']);
    const claims = [item('PersistentVolumeClaim', { min: { storage: '1Gi' }, max: { storage: '2Gi' } })];
    expect(claimProblems({ storage: '3Gi' }, claims)).toEqual(['maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi']);
    expect(claimProblems({ storage: '1Mi' }, claims)).toEqual(['minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi']);
  });
});
