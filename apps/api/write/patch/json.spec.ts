import { ApiError } from '#lib/api/errors';
import { jsonPatch } from './json';

const document = { metadata: { labels: { a: '1', 'x/y': '2' } }, spec: { list: ['a', 'b', 'c'], replicas: 1 } };

test.each([
  ['adds a member', [{ op: 'add', path: '/metadata/labels/b', value: '3' }], { metadata: { labels: { a: '1', 'x/y': '2', b: '3' } } }],
  ['replaces a member', [{ op: 'replace', path: '/spec/replicas', value: 3 }], { spec: { replicas: 3 } }],
  ['inserts into a list', [{ op: 'add', path: '/spec/list/1', value: 'x' }], { spec: { list: ['a', 'x', 'b', 'c'] } }],
  ['appends to a list', [{ op: 'add', path: '/spec/list/-', value: 'x' }], { spec: { list: ['a', 'b', 'c', 'x'] } }],
  ['removes from a list', [{ op: 'remove', path: '/spec/list/0' }], { spec: { list: ['b', 'c'] } }],
  ['reads ~1 as a slash', [{ op: 'replace', path: '/metadata/labels/x~1y', value: '9' }], { metadata: { labels: { 'x/y': '9' } } }],
  ['moves', [{ op: 'move', from: '/spec/list/2', path: '/spec/list/0' }], { spec: { list: ['c', 'a', 'b'] } }],
  ['copies', [{ op: 'copy', from: '/spec/list', path: '/spec/other' }], { spec: { other: ['a', 'b', 'c'] } }],
  [
    'tests and goes on',
    [
      { op: 'test', path: '/spec/replicas', value: 1 },
      { op: 'replace', path: '/spec/replicas', value: 2 },
    ],
    { spec: { replicas: 2 } },
  ],
  [
    'tests that something is absent',
    [
      { op: 'test', path: '/spec/nothing', value: null },
      { op: 'remove', path: '/spec/replicas' },
    ],
    { spec: {} },
  ],
])('%s', (_, patch, result) => {
  const before = structuredClone(document);
  expect(jsonPatch(document, patch)).toMatchObject(result);
  expect(document).toEqual(before);
});

test.each([
  ['a test that fails', [{ op: 'test', path: '/spec/replicas', value: 2 }]],
  ['removing what is not there', [{ op: 'remove', path: '/spec/nothing' }]],
  ['replacing what is not there', [{ op: 'replace', path: '/spec/nothing', value: 1 }]],
  ['adding below what is not there', [{ op: 'add', path: '/spec/nothing/x', value: 1 }]],
  ['an index beyond the list', [{ op: 'add', path: '/spec/list/7', value: 1 }]],
  ['an index that is no number', [{ op: 'remove', path: '/spec/list/x' }]],
  ['an unknown operation', [{ op: 'increment', path: '/spec/replicas' }]],
  ['a path without a slash', [{ op: 'add', path: 'spec', value: 1 }]],
  ['no path', [{ op: 'add', value: 1 }]],
])('%s is rejected as unprocessable', (_, patch) => {
  expect(failureOf(patch)).toMatchObject({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
  });
});

test('what is not a list of operations is a bad request', () => {
  expect(failureOf({ op: 'add' })).toMatchObject({ code: 400, reason: 'BadRequest' });
  expect(failureOf([{ op: 1 }])).toMatchObject({
    code: 400,
    message: 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
  });
});

test('more than ten thousand operations are too many', () => {
  expect(failureOf(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/spec/replicas', value: 1 })))).toMatchObject({ code: 413 });
});

test('copies that double a document again and again are refused', () => {
  const doubling = Array.from({ length: 30 }, (_, i) => ({ op: 'copy', from: '/spec', path: `/spec/copy${i}` }));
  expect(failureOf(doubling)).toMatchObject({ code: 422 });
});

function failureOf(patch: unknown): unknown {
  try {
    return jsonPatch(document, patch);
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
}
