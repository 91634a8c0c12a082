import { bodyOf, complaints, created, headings, NOW, row, stepComplaints, texts, updated } from '#lib/api/testing/given-kind';
import { parse } from 'yaml';
import { ControllerRevision } from './controllerrevision';
import { Deployment } from './deployment';
import { ReplicaSet } from './replicaset';
import { applyScale, scaleOf, validateScale } from './scale';

const TEMPLATE = 'template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: "nginx:1"}, {name: b, image: "redis:7"}]}}';
const WEB = `selector: {matchLabels: {app: web}}, ${TEMPLATE}`;

/** The defaults of the template are tested where they are made. */
const withoutTemplate = (yaml: string): unknown => {
  const body = parse(yaml) as { spec: { template?: unknown } };
  delete body.spec.template;
  return body;
};

describe('deployments', () => {
  test('roll a quarter at a time, in ten minutes, and remember ten versions', () => {
    expect(withoutTemplate(bodyOf(created(Deployment, `spec: {${WEB}}`)))).toEqual(
      parse(`
      spec:
        selector: {matchLabels: {app: web}}
        replicas: 1
        strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 25%, maxSurge: 25%}}
        revisionHistoryLimit: 10
        progressDeadlineSeconds: 600
      status: {}`),
    );
  });

  test('keep what was said of the strategy', () => {
    const strategy = (yaml: string) => created(Deployment, `spec: {${WEB}, strategy: ${yaml}}`).spec.strategy;
    expect(strategy('{type: Recreate}')).toEqual({ type: 'Recreate' });
    expect(strategy('{rollingUpdate: {maxSurge: 0}}')).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: 0 } });
    expect(created(Deployment, `spec: {replicas: 0, revisionHistoryLimit: 0, ${WEB}}`).spec).toMatchObject({ replicas: 0, revisionHistoryLimit: 0 });
  });

  test.each([
    ['a good one', WEB, []],
    [
      'a selector is needed',
      TEMPLATE,
      ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    ['a selector selects something', `selector: {}, ${TEMPLATE}`, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    [
      'the selector selects the template',
      `selector: {matchLabels: {app: db}}, ${TEMPLATE}`,
      ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
    ],
    [
      'counts are not negative',
      `replicas: -1, minReadySeconds: -1, revisionHistoryLimit: -1, ${WEB}`,
      [
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'the deadline leaves time to get ready',
      `minReadySeconds: 600, ${WEB}`,
      ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds'],
    ],
    [
      'a strategy is known',
      `strategy: {type: Blue}, ${WEB}`,
      ['spec.strategy: Unsupported value: {"type":"Blue"}: supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      'recreating does not roll',
      `strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}, ${WEB}`,
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'something must be able to move',
      `strategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 0}}, ${WEB}`,
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
    ],
    ['one side may stand still', `strategy: {rollingUpdate: {maxSurge: 0}}, ${WEB}`, []],
    [
      'no more than all may be away',
      `strategy: {rollingUpdate: {maxUnavailable: 101%}}, ${WEB}`,
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'pods go on',
      `selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {restartPolicy: Never, activeDeadlineSeconds: 5, containers: [{name: a, image: b}]}}`,
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(Deployment, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('an empty one is told all that it lacks', () => {
    expect(complaints(Deployment, '')).toEqual([
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ]);
  });

  test('a selector is for ever', () => {
    const other = WEB.replaceAll('app: web', 'app: db');
    expect(stepComplaints(Deployment, `spec: {${WEB}}`, `spec: {${other}}`)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
    ]);
    expect(stepComplaints(ReplicaSet, `spec: {${WEB}}`, `spec: {${other}}`)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
    ]);
  });

  test('a changed annotation moves the generation, a status does not', () => {
    const before = created(Deployment, `{metadata: {generation: 3}, spec: {${WEB}}}`);
    const change = `{metadata: {generation: 3, annotations: {a: b}}, spec: {${WEB}}}`;
    expect(updated(Deployment, before, change).metadata.generation).toBe(4);
    expect(updated(Deployment, before, change, { now: NOW, subresource: 'status' }).metadata.generation).toBe(3);
  });

  test('a status counts right', () => {
    const deployment = created(Deployment, `spec: {${WEB}}`);
    const about = (status: Deployment['status']): string[] =>
      texts(Deployment.validateStatus?.({ ...deployment, status }, { ...deployment, status: { collisionCount: 1 } }) ?? []);
    expect(about({ replicas: 2, readyReplicas: 1, availableReplicas: 2, collisionCount: 1 })).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
    ]);
    expect(about({ replicas: 1, updatedReplicas: 2, unavailableReplicas: -1 })).toEqual([
      'status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.collisionCount: Invalid value: 0: cannot be decremented',
    ]);
  });

  test('a name that pods cannot have, and a template that says a thing twice, are warned of', () => {
    const twice = `{metadata: {name: a.b}, spec: {${WEB.replace('image: "nginx:1"', 'image: "nginx:1", env: [{name: A, value: "1"}, {name: A, value: "2"}]')}}}`;
    const deployment = created(Deployment, twice);
    expect(Deployment.warnings?.(deployment, undefined)).toEqual([
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
      'spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
    expect(Deployment.warnings?.(deployment, deployment)).toEqual([]);
  });

  test('are shown with their progress', () => {
    expect(headings(Deployment as never, true)).toEqual(['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector']);
    expect(row(Deployment, `{spec: {replicas: 3, ${WEB}}, status: {readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2}}`, true)).toEqual([
      'x',
      '2/3',
      1,
      2,
      '4m5s',
      'a,b',
      'nginx:1,redis:7',
      'app=web',
    ]);
  });
});

describe('replica sets', () => {
  test('want one pod unless they say otherwise', () => {
    expect(withoutTemplate(bodyOf(created(ReplicaSet, `spec: {${WEB}}`)))).toEqual({
      spec: { selector: { matchLabels: { app: 'web' } }, replicas: 1 },
      status: { replicas: 0 },
    });
    expect(complaints(ReplicaSet, `spec: {${WEB}}`)).toEqual([]);
  });

  test('are shown with what is wanted and what there is', () => {
    expect(row(ReplicaSet, `{spec: {replicas: 3, ${WEB}}, status: {replicas: 2, readyReplicas: 1}}`, true)).toEqual([
      'x',
      3,
      2,
      1,
      '4m5s',
      'a,b',
      'nginx:1,redis:7',
      'app=web',
    ]);
  });
});

test('a scale is a view of what is wanted, what there is, and which', () => {
  const set = { ...created(ReplicaSet, `spec: {replicas: 3, ${WEB}}`), status: { replicas: 2 } };
  expect(scaleOf(set)).toEqual({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'x', namespace: 'default', uid: set.metadata.uid, resourceVersion: '1', creationTimestamp: '2026-01-02T03:00:00Z' },
    spec: { replicas: 3 },
    status: { replicas: 2, selector: 'app=web' },
  });
  expect([applyScale(set, 5).spec.replicas, set.spec.replicas]).toEqual([5, 3]);
  expect(texts(validateScale({ spec: { replicas: -1 } }))).toEqual(['spec.replicas: Invalid value: -1: must be greater than or equal to 0']);
});

test('a controller revision never changes its data', () => {
  expect(complaints(ControllerRevision, 'revision: 1')).toEqual(['data: Required value: data is mandatory']);
  expect(stepComplaints(ControllerRevision, '{revision: 1, data: {a: 1}}', '{revision: 2, data: {a: 2}}')).toEqual([
    'data: Invalid value: {"a":2}: field is immutable',
  ]);
  expect(
    row(ControllerRevision, '{metadata: {ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: u, controller: true}]}, revision: 2}'),
  ).toEqual(['x', 'statefulset.apps/web', 2, '4m5s']);
});
