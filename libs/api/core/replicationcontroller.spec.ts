import { complaints, created, row } from '#lib/api/testing/given-kind';
import { scaleOf } from '#lib/api/apps/scale';
import { PodTemplate } from './podtemplate';
import { ReplicationController } from './replicationcontroller';

const TEMPLATE = 'template: {metadata: {labels: {app: www}}, spec: {containers: [{name: web, image: nginx}]}}';

test('a replication controller takes selector and labels from its template', () => {
  const rc = created(ReplicationController, `spec: {${TEMPLATE}}`);
  expect([rc.spec.selector, rc.metadata.labels, rc.spec.replicas, rc.status]).toEqual([{ app: 'www' }, { app: 'www' }, 1, { replicas: 0 }]);
  expect(scaleOf(rc).status).toEqual({ replicas: 0, selector: 'app=www' });
  expect(complaints(ReplicationController, `spec: {${TEMPLATE}}`)).toEqual([]);
});

test('a replication controller selects what it makes', () => {
  expect(complaints(ReplicationController, `spec: {replicas: -1, selector: {app: db}, ${TEMPLATE}}`)).toEqual([
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    'spec.template.metadata.labels: Invalid value: {"app":"www"}: `selector` does not match template `labels`',
  ]);
  expect(complaints(ReplicationController, '')).toEqual(['spec.selector: Required value', 'spec.template: Required value']);
});

test('a replication controller and a template are shown', () => {
  expect(row(ReplicationController, `{spec: {replicas: 3, selector: {app: www}, ${TEMPLATE}}, status: {replicas: 2, readyReplicas: 1}}`, true)).toEqual([
    'x',
    3,
    2,
    1,
    '4m5s',
    'web',
    'nginx',
    'app=www',
  ]);
  expect(row(PodTemplate, TEMPLATE)).toEqual(['x', 'web', 'nginx', 'app=www']);
  expect(complaints(PodTemplate, 'template: {}')).toEqual(['template.spec.containers: Required value']);
});
