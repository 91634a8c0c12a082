import { complaints, created, headings, row, stepComplaints, texts, updated } from '#lib/api/testing/given-kind';
import { DaemonSet, TEMPLATE_GENERATION } from './daemonset';
import { scaleOf } from './scale';
import { StatefulSet } from './statefulset';

const TEMPLATE = 'template: {metadata: {labels: {app: db}}, spec: {nodeSelector: {disk: ssd}, containers: [{name: a, image: "pg:16"}]}}';
const DB = `selector: {matchLabels: {app: db}}, ${TEMPLATE}`;
const CLAIM = 'volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}}]';

describe('stateful sets', () => {
  test('go one pod after the other and keep their claims', () => {
    const set = created(StatefulSet, `spec: {serviceName: db, ${CLAIM}, ${DB}}`);
    expect(set.spec).toMatchObject({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(set.spec.volumeClaimTemplates).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        status: { phase: 'Pending' },
        spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } },
      },
    ]);
    expect(set.status).toEqual({ replicas: 0, availableReplicas: 0 });
  });

  test.each([
    ['a good one', DB, []],
    [
      'what it selects',
      TEMPLATE,
      ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`'],
    ],
    [
      'policies are known',
      `podManagementPolicy: Both, updateStrategy: {type: Never}, persistentVolumeClaimRetentionPolicy: {whenScaled: Burn}, ${DB}`,
      [
        "spec.podManagementPolicy: Invalid value: \"Both\": must be 'OrderedReady' or 'Parallel'",
        'spec.updateStrategy: Invalid value: {"type":"Never"}: must be \'RollingUpdate\' or \'OnDelete\'',
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Burn": supported values: "Delete", "Retain"',
      ],
    ],
    [
      'deleting does not roll',
      `updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}, ${DB}`,
      ['spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\''],
    ],
    [
      'counts are not negative',
      `replicas: -1, ordinals: {start: -2}, updateStrategy: {rollingUpdate: {partition: -3, maxUnavailable: 0}}, ${DB}`,
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -3: must be greater than or equal to 0',
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.ordinals.start: Invalid value: -2: must be greater than or equal to 0',
      ],
    ],
    [
      'pods go on',
      `selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}`,
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(StatefulSet, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('only some of it may change', () => {
    expect(stepComplaints(StatefulSet, `spec: {serviceName: db, ${DB}}`, `spec: {serviceName: db, replicas: 5, minReadySeconds: 3, ${DB}}`)).toEqual([]);
    expect(stepComplaints(StatefulSet, `spec: {serviceName: db, ${DB}}`, `spec: {serviceName: other, ${DB}}`)).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  test('a status counts right', () => {
    const set = created(StatefulSet, `spec: {${DB}}`);
    const about = (status: StatefulSet['status']): string[] => texts(StatefulSet.validateStatus?.({ ...set, status }, set) ?? []);
    expect(about({ replicas: 1, readyReplicas: 1, availableReplicas: 1 })).toEqual([]);
    expect(about({ replicas: 1, readyReplicas: 0, updatedReplicas: 2, availableReplicas: 1 })).toEqual([
      'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas',
    ]);
  });

  test('are shown and scaled', () => {
    expect(headings(StatefulSet as never, true)).toEqual(['Name', 'Ready', 'Age', 'Containers', 'Images']);
    expect(row(StatefulSet, `{spec: {replicas: 3, ${DB}}, status: {replicas: 2, readyReplicas: 1}}`, true)).toEqual(['x', '1/3', '4m5s', 'a', 'pg:16']);
    expect(scaleOf(created(StatefulSet, `spec: {replicas: 3, ${DB}}`))).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 0, selector: 'app=db' } });
  });
});

describe('daemon sets', () => {
  test('roll one node after the other', () => {
    const set = created(DaemonSet, `spec: {${DB}}`);
    expect(set.spec).toMatchObject({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }, revisionHistoryLimit: 10 });
    expect(set.metadata.annotations).toEqual({ [TEMPLATE_GENERATION]: '1' });
    expect(set.status).toEqual({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 });
  });

  test('the version of the template counts changes of the template', () => {
    const before = created(DaemonSet, `spec: {${DB}}`);
    const generation = (spec: string): string | undefined => updated(DaemonSet, before, `spec: {${spec}}`).metadata.annotations?.[TEMPLATE_GENERATION];
    expect(generation(`minReadySeconds: 5, ${DB}`)).toBe('1');
    expect(generation(DB.replace('pg:16', 'pg:17'))).toBe('2');
  });

  test.each([
    ['a good one', DB, []],
    ['a good one that deletes', `updateStrategy: {type: OnDelete}, ${DB}`, []],
    [
      'a selector selects something, and the template',
      `selector: {}, ${TEMPLATE}`,
      ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
    ],
    [
      'the selector selects the template',
      `selector: {matchLabels: {app: web}}, ${TEMPLATE}`,
      ['spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`'],
    ],
    [
      'strategies are known',
      `updateStrategy: {type: Sometimes}, ${DB}`,
      ['spec.updateStrategy.type: Unsupported value: "Sometimes": supported values: "RollingUpdate", "OnDelete"'],
    ],
    [
      'one side moves',
      `updateStrategy: {rollingUpdate: {maxUnavailable: 0}}, ${DB}`,
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
    [
      'not both sides move',
      `updateStrategy: {rollingUpdate: {maxSurge: 1}}, ${DB}`,
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(complaints(DaemonSet, `spec: {${spec}}`)).toEqual(wanted);
  });

  test('a selector is for ever', () => {
    expect(stepComplaints(DaemonSet, `spec: {${DB}}`, `spec: {${DB.replaceAll('app: db', 'app: web')}}`)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web"}}: field is immutable',
    ]);
  });

  test('are shown with their nodes', () => {
    expect(headings(DaemonSet as never, true)).toEqual([
      'Name',
      'Desired',
      'Current',
      'Ready',
      'Up-to-date',
      'Available',
      'Node Selector',
      'Age',
      'Containers',
      'Images',
      'Selector',
    ]);
    const status = '{desiredNumberScheduled: 5, currentNumberScheduled: 4, numberReady: 3, updatedNumberScheduled: 2, numberAvailable: 1}';
    expect(row(DaemonSet, `{spec: {${DB}}, status: ${status}}`, true)).toEqual(['x', 5, 4, 3, 2, 1, 'disk=ssd', '4m5s', 'a', 'pg:16', 'app=db']);
  });
});
