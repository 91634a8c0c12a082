import { expandAffinityLabelKeys } from './pod-affinity-keys';

test('keys of affinity terms become expressions over the labels that the pod has, whatever else objects have by that name', () => {
  const term = { topologyKey: 'zone', labelSelector: {}, matchLabelKeys: ['app', 'absent'], mismatchLabelKeys: ['hasOwnProperty', 'tier'] };
  const pod = {
    metadata: { labels: { app: 'web', tier: 'front' } },
    spec: { containers: [], affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
  };
  expandAffinityLabelKeys(pod as never);
  expect(term.labelSelector).toEqual({
    matchExpressions: [
      { key: 'app', operator: 'In', values: ['web'] },
      { key: 'tier', operator: 'NotIn', values: ['front'] },
    ],
  });
});
