import { kindOfObject, kindOfPath, kindOfResource, storedKind } from '#lib/api/kinds';
import { Deployment } from '#lib/api/apps/deployment';
import type { KubeObject } from '#lib/api/meta';
import { texts } from '#lib/api/testing/given-kind';
import { parse } from 'yaml';
import { oldVersions } from './old-versions';

const object = (yaml: string): KubeObject => ({ metadata: { name: 'x', namespace: 'default' }, ...(parse(yaml) as object) }) as KubeObject;
const viewOf = (of: KubeObject) => kindOfObject(of)!;
const stored = (yaml: string): KubeObject => viewOf(object(yaml)).storedAs!.toStored(object(yaml));
const POD = 'template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: nginx}]}}';

test('an old version is another name for the same objects', () => {
  expect(kindOfPath('extensions', 'v1beta1', 'deployments')?.kind).toBe('Deployment');
  expect(storedKind(viewOf(object('{apiVersion: extensions/v1beta1, kind: Deployment}')))).toBe(Deployment);
  for (const kind of oldVersions) {
    const home = storedKind(kind);
    expect([kind.apiVersion, home.storedAs, kindOfResource(home.resource)]).toEqual([kind.apiVersion, undefined, home]);
    expect(kind.categories).toBeUndefined();
  }
});

test('every old version says which one to use', () => {
  const text = (apiVersion: string, kind: string) => kindOfObject({ apiVersion, kind })?.deprecation;
  expect(text('extensions/v1beta1', 'Deployment')).toBe('extensions/v1beta1 Deployment is deprecated in v1.8+, unavailable in v1.16+; use apps/v1 Deployment');
  expect(text('extensions/v1beta1', 'Ingress')).toBe(
    'extensions/v1beta1 Ingress is deprecated in v1.14+, unavailable in v1.22+; use networking.k8s.io/v1 Ingress',
  );
  expect(oldVersions.every(({ deprecation }) => deprecation)).toBe(true);
});

test('a Deployment of extensions/v1beta1 selects what it makes, one at a time, and never gives up', () => {
  expect(stored(`{apiVersion: extensions/v1beta1, kind: Deployment, spec: {replicas: 2, ${POD}}}`)).toEqual(
    object(`
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: x, namespace: default, labels: {app: web}}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}
      revisionHistoryLimit: 2147483647
      progressDeadlineSeconds: 2147483647
      ${POD}`),
  );
});

test('defaults of the other beta versions of workloads', () => {
  expect(stored(`{apiVersion: apps/v1beta1, kind: Deployment, spec: {${POD}}}`)).toMatchObject({
    spec: { revisionHistoryLimit: 2, selector: { matchLabels: { app: 'web' } } },
  });
  expect(stored(`{apiVersion: apps/v1beta1, kind: StatefulSet, spec: {${POD}}}`)).toMatchObject({ spec: { updateStrategy: { type: 'OnDelete' } } });
  expect(stored(`{apiVersion: extensions/v1beta1, kind: DaemonSet, spec: {templateGeneration: 3, ${POD}}}`)).toMatchObject({
    metadata: { annotations: { 'deprecated.daemonset.template.generation': '3' } },
    spec: { updateStrategy: { type: 'OnDelete' } },
  });
  expect(stored(`{apiVersion: apps/v1beta2, kind: Deployment, spec: {${POD}}}`)).toEqual(object(`{apiVersion: apps/v1, kind: Deployment, spec: {${POD}}}`));
});

const PATHS = `paths: [{path: /a, backend: {serviceName: web, servicePort: 80}}, {backend: {serviceName: api, servicePort: http}}, {backend: {resource: {kind: Bucket, name: b}}}]`;

test.each(['extensions/v1beta1', 'networking.k8s.io/v1beta1'])('an Ingress of %s names its services otherwise', (apiVersion) => {
  const spec = `spec: {ingressClassName: c, backend: {serviceName: all, servicePort: 8080}, rules: [{host: h, http: {${PATHS}}}, {host: i}], tls: [{secretName: s}]}`;
  expect(stored(`{apiVersion: ${apiVersion}, kind: Ingress, ${spec}}`)).toEqual(
    object(`
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    spec:
      ingressClassName: c
      defaultBackend: {service: {name: all, port: {number: 8080}}}
      rules:
      - host: h
        http:
          paths:
          - {path: /a, pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}
          - {pathType: ImplementationSpecific, backend: {service: {name: api, port: {name: http}}}}
          - {pathType: ImplementationSpecific, backend: {resource: {kind: Bucket, name: b}}}
      - host: i
      tls: [{secretName: s}]`),
  );
});

test('an empty selector of a budget selected nothing', () => {
  const none = stored('{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, spec: {minAvailable: 1, selector: {}}}');
  expect(none).toMatchObject({
    spec: { selector: { matchExpressions: [{ key: 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match', operator: 'Exists' }] } },
  });
});

/** What was written comes back as it was written, defaults and all. */
test.each([
  `{apiVersion: extensions/v1beta1, kind: Deployment, spec: {rollbackTo: {revision: 2}, paused: true, strategy: {type: Recreate}, ${POD}}}`,
  `{apiVersion: extensions/v1beta1, kind: ReplicaSet, spec: {${POD}}}`,
  `{apiVersion: extensions/v1beta1, kind: DaemonSet, spec: {templateGeneration: 3, ${POD}}}`,
  `{apiVersion: extensions/v1beta1, kind: NetworkPolicy, spec: {podSelector: {}}}`,
  `{apiVersion: extensions/v1beta1, kind: Ingress, spec: {backend: {serviceName: all, servicePort: web}, rules: [{http: {${PATHS}}}]}}`,
  `{apiVersion: apps/v1beta1, kind: Deployment, spec: {rollbackTo: {revision: 0}, ${POD}}}`,
  `{apiVersion: apps/v1beta2, kind: StatefulSet, spec: {serviceName: s, ${POD}}}`,
  '{apiVersion: batch/v1beta1, kind: CronJob, spec: {schedule: "* * * * *"}}',
  '{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, spec: {selector: {}}}',
  '{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, spec: {selector: {matchLabels: {a: b}}}}',
  '{apiVersion: rbac.authorization.k8s.io/v1beta1, kind: Role, rules: []}',
])('%s survives the way there and back', (yaml) => {
  const { toStored, fromStored } = viewOf(object(yaml)).storedAs!;
  const given = object(yaml);
  const once = fromStored(toStored(given));
  expect(once).toMatchObject(given);
  expect(fromStored(toStored(once))).toEqual(once);
  expect(given).toEqual(object(yaml));
});

test('an old version is judged by the rules of the stored one', () => {
  const ingress = viewOf(object('{apiVersion: extensions/v1beta1, kind: Ingress}'));
  expect(texts(ingress.validate?.(object('{apiVersion: extensions/v1beta1, kind: Ingress, spec: {}}')) ?? [])).toEqual([
    'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
  ]);
  expect(ingress.columns?.map(({ name }) => name)).toEqual(['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age']);
  expect(ingress.columns?.[2]?.value(object('{apiVersion: extensions/v1beta1, kind: Ingress, spec: {rules: [{host: a}]}}'), new Date(0))).toBe('a');
});
