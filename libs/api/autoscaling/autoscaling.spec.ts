import { bodyOf, complaints, created, headings, row, yamlOf } from '#lib/api/testing/given-kind';
import type { KubeObject } from '#lib/api/meta';
import { parse } from 'yaml';
import { autoscalerFromBeta, autoscalerToBeta } from './beta-metrics';
import { HorizontalPodAutoscaler } from './horizontalpodautoscaler';
import { HorizontalPodAutoscalerV1 } from './v1';

const WEB = 'scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 5';
const METRICS = `metrics: [
  {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}},
  {type: Pods, pods: {metric: {name: qps}, target: {type: AverageValue, averageValue: 1k}}},
  {type: Object, object: {describedObject: {kind: Ingress, name: in}, metric: {name: hits}, target: {type: Value, value: 2k}}},
  {type: External, external: {metric: {name: queue, selector: {matchLabels: {a: b}}}, target: {type: AverageValue, averageValue: "30"}}}]`;

const autoscaler = (yaml: string): KubeObject =>
  ({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'x' }, ...(parse(yaml) as object) }) as KubeObject;

test('an autoscaler keeps the CPU at 80 % unless it says otherwise', () => {
  expect(bodyOf(created(HorizontalPodAutoscaler, `spec: {${WEB}}`))).toEqual(
    yamlOf(`
    spec: {${WEB}, minReplicas: 1, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}
    status: {desiredReplicas: 0, currentMetrics: []}`),
  );
});

test('what a behavior leaves open is filled in', () => {
  expect(created(HorizontalPodAutoscaler, `spec: {${WEB}, behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}`).spec.behavior).toEqual({
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    },
    scaleDown: { stabilizationWindowSeconds: 60, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  });
});

test.each([
  ['a good one', `${WEB}, ${METRICS}`, []],
  ['limits in order', `${WEB}, minReplicas: 6`, ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`']],
  [
    'at least one',
    'scaleTargetRef: {kind: Deployment}, minReplicas: 0',
    [
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: 0: must be greater than 0',
      'spec.scaleTargetRef.name: Required value',
    ],
  ],
  [
    'a metric has a target',
    `${WEB}, metrics: [{type: Resource, resource: {name: cpu}}]`,
    [
      'spec.metrics[0].resource.target.type: Required value: must specify a metric target type',
      'spec.metrics[0].resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
  ],
  [
    'a metric is what it says',
    `${WEB}, metrics: [{type: Pods, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}]`,
    [
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
  ],
  [
    'policies move',
    `${WEB}, behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: 1801}]}}`,
    [
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
])('%s', (_, spec, wanted) => {
  expect(complaints(HorizontalPodAutoscaler, `spec: {${spec}}`)).toEqual(wanted);
});

test('an autoscaler shows what is measured beside what is wanted', () => {
  expect(headings(HorizontalPodAutoscaler as never)).toEqual(['Name', 'Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas', 'Age']);
  const status = 'status: {currentReplicas: 2, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 12}}}]}';
  expect(row(HorizontalPodAutoscaler, `{spec: {${WEB}, minReplicas: 1, ${METRICS}}, ${status}}`)).toEqual([
    'x',
    'Deployment/web',
    'cpu: 12%/50%, <unknown>/1k + 2 more...',
    1,
    5,
    2,
    '4m5s',
  ]);
});

test('autoscaling/v1 speaks of the CPU, and keeps the rest in annotations', () => {
  const stored = autoscaler(
    `spec: {${WEB}, minReplicas: 1, ${METRICS}, behavior: {scaleDown: {selectPolicy: Min}}}\nstatus: {desiredReplicas: 2, currentReplicas: 1, currentMetrics: [{type: Resource, resource: {name: cpu, current: {averageUtilization: 12}}}]}`,
  );
  const seen = HorizontalPodAutoscalerV1.storedAs?.fromStored(stored) as KubeObject & { spec: object; status: object };
  expect([seen.spec, seen.status]).toEqual([
    parse(`{${WEB}, minReplicas: 1, targetCPUUtilizationPercentage: 50}`),
    { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 12 },
  ]);
  expect(Object.keys(seen.metadata.annotations ?? {}).sort()).toEqual(['autoscaling.alpha.kubernetes.io/behavior', 'autoscaling.alpha.kubernetes.io/metrics']);
  const back = HorizontalPodAutoscalerV1.storedAs?.toStored(seen) as KubeObject & { spec: { metrics: { type: string }[] } };
  const inOrder = (object: unknown) => ({
    ...(object as { spec: { metrics: { type: string }[] } }).spec,
    metrics: [...(object as { spec: { metrics: { type: string }[] } }).spec.metrics].sort((a, b) => (a.type < b.type ? -1 : 1)),
  });
  expect(inOrder(back)).toEqual(inOrder(stored));
  expect([back.metadata, (back as unknown as { status: object }).status]).toEqual([stored.metadata, (stored as unknown as { status: object }).status]);
});

test('autoscaling/v2beta1 writes values beside names', () => {
  const stored = autoscaler(`spec: {${WEB}, ${METRICS}}`);
  const old = autoscalerToBeta(stored) as KubeObject & { spec: { metrics: object[] } };
  expect(old.spec.metrics).toEqual(
    parse(`
    - {type: Resource, resource: {name: cpu, targetAverageUtilization: 50}}
    - {type: Pods, pods: {metricName: qps, targetAverageValue: 1k}}
    - {type: Object, object: {target: {kind: Ingress, name: in}, metricName: hits, targetValue: 2k}}
    - {type: External, external: {metricName: queue, metricSelector: {matchLabels: {a: b}}, targetAverageValue: "30"}}`),
  );
  expect(autoscalerFromBeta(old)).toEqual(stored);
});
