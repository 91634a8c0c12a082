import { mergePatch } from './merge';

/** The examples of RFC 7386, appendix A. */
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j patched with %j is %j', (document, patch, result) => {
  expect(mergePatch(document, patch)).toEqual(result);
});

test('a member called __proto__ is data', () => {
  const patched = mergePatch({ data: { a: '1' } }, JSON.parse('{"data":{"__proto__":{"polluted":"yes"}}}')) as { data: object };
  expect(Object.keys(patched.data)).toEqual(['a', '__proto__']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('what comes out may be changed without changing the document or the patch', () => {
  const document = { metadata: { labels: { a: '1' } }, spec: { ports: [{ port: 80 }] } };
  const patch = { metadata: { labels: { a: null, b: '2' } }, data: { x: { y: 1 } } };
  const before = structuredClone([document, patch]);
  const draft = mergePatch(document, patch) as {
    metadata: { labels: Record<string, string> };
    spec: { ports: { port: number }[] };
    data: { x: { y: number } };
  };
  draft.metadata.labels.b = '3';
  draft.spec.ports[0]!.port = 81;
  draft.data.x.y = 2;
  expect([document, patch]).toEqual(before);
});
