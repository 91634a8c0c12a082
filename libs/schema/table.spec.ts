import { Deployment } from '#lib/api/apps/deployment';
import { defineKind } from '#lib/api/kind';
import { AGE, NAME } from '#lib/api/columns';
import type { KubeObject } from '#lib/api/meta';
import { describedBy } from './column-descriptions';
import { tableOf } from './table';
import { typeTable } from './types';

interface Boat extends KubeObject {
  readonly spec: { readonly masts: number };
}
const names = { group: 'sea.example.com', version: 'v1', kind: 'Boat', plural: 'boats', scope: 'Namespaced' } as const;
const Boat = defineKind<Boat>({
  ...names,
  columns: [NAME, { name: 'Masts', type: 'integer', priority: 1, value: (boat) => boat.spec.masts }, AGE],
});
const boat: Boat = {
  apiVersion: 'sea.example.com/v1',
  kind: 'Boat',
  spec: { masts: 3 },
  metadata: { name: 'argo', namespace: 'sea', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
};
const now = new Date('2026-01-01T02:00:00Z');

test('a table has the columns of the kind and a row per object with its metadata', () => {
  expect(tableOf(Boat, [boat], { now, metadata: { resourceVersion: '9' } })).toEqual({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '9' },
    columnDefinitions: [
      { name: 'Name', type: 'string', format: 'name', description: expect.any(String), priority: 0 },
      { name: 'Masts', type: 'integer', format: '', description: '', priority: 1 },
      { name: 'Age', type: 'string', format: '', description: expect.any(String), priority: 0 },
    ],
    rows: [{ cells: ['argo', 3, '120m'], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: boat.metadata } }],
  });
});

test('a row can hold the whole object or none', () => {
  expect(tableOf(Boat, [boat], { now, includeObject: 'Object' })).toMatchObject({ rows: [{ object: boat }] });
  expect(tableOf(Boat, [boat], { now, includeObject: 'None' })).toMatchObject({ rows: [{ object: null }] });
});

test('columns say what they are for: in words of their own, or in those of the field that they show', () => {
  expect(tableOf(Deployment, [], { now })).toMatchObject({
    columnDefinitions: [
      { name: 'Name' },
      { name: 'Ready', description: 'Number of the pod with ready state' },
      {},
      {},
      {},
      { name: 'Containers', description: 'Names of each container in the template.' },
      {},
      {},
    ],
  });
  const missing = describedBy().filter(
    (source) =>
      !typeTable()
        .byId(source.split(' ')[0] as string)
        .byName.has(source.split(' ')[1] as string),
  );
  expect(missing).toEqual([]);
});

test('later tables of a watch leave the columns out', () => {
  expect(tableOf(Boat, [boat], { now, noHeaders: true })).toMatchObject({ columnDefinitions: [], rows: [{ cells: ['argo', 3, '120m'] }] });
});

test('a kind without columns shows its name and when it was created', () => {
  expect(tableOf(defineKind(names), [boat], { now, version: 'v1beta1' })).toMatchObject({
    apiVersion: 'meta.k8s.io/v1beta1',
    columnDefinitions: [{ name: 'Name' }, { name: 'Created At', type: 'date' }],
    rows: [{ cells: ['argo', '2026-01-01T00:00:00Z'] }],
  });
});
