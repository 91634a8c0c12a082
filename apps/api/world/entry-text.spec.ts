import type { KubeObject } from '#lib/api/meta';
import { entryText } from './entry-text';

const object = (metadata: object, more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', ...metadata }, ...more }) as never;
const entry = {
  manager: 'a "quoted" name',
  operation: 'Update',
  apiVersion: 'v1',
  time: undefined,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': { '.': {}, 'k:{"name":"x"}': {} } },
  subresource: 'status',
};

test.each([
  ['an object with managers', object({ managedFields: [entry, { ...entry, manager: 'b' }], labels: { x: 'y' } }, { data: { a: 'b' } })],
  ['one without', object({ labels: { x: 'y' } })],
  ['one with none', object({ managedFields: [] })],
  ['one that speaks of managers elsewhere', object({ annotations: { a: '"managedFields":1e-300' }, managedFields: [entry] }, { data: { managedFields: '1' } })],
  ['one with entries that have no set', object({ managedFields: [{ manager: 'x' }, {}] })],
])('%s has the text that JSON gives it, and is unchanged', (_, given) => {
  const expected = JSON.stringify(given);
  expect(entryText(given)).toBe(expected);
  expect(entryText(given)).toBe(expected);
  expect(JSON.stringify(given)).toBe(expected);
});

test('the text of a spec that is known is put in its place', () => {
  const spec = { a: 1, spec: { b: 2 } };
  const given = object({ managedFields: [entry] }, { spec, status: { spec: 3 } });
  expect(entryText(given, JSON.stringify(spec))).toBe(JSON.stringify(given));
  expect((given as { spec?: unknown }).spec).toBe(spec);
});
