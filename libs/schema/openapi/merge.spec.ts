import { mergedV2, partOf } from './merge';
import type { V2Document } from './v2';

const reference = (name: string): object => ({ $ref: `#/definitions/${name}` });
const aDocument = (paths: object, definitions: object, more: object = {}): V2Document =>
  ({ swagger: '2.0', info: { title: '', version: '' }, paths, definitions, ...more }) as never;
const operation = (name: string): object => ({ get: { description: name, responses: { 200: { schema: reference(name) } } } });

describe('OpenAPI v2 of several servers', () => {
  const theirs = aDocument(
    { '/apis/a.io/v1/boats': operation('Boat'), '/apis/a.io/v10/boats': operation('Other'), '/apis/b.io/v1/cars': operation('Car') },
    { Boat: { properties: { spec: reference('Spec') } }, Spec: { type: 'object' }, Other: {}, Car: {} },
  );

  test('has of each the version that it serves, with what that needs', () => {
    const part = partOf(theirs, 'a.io', 'v1');
    expect(Object.keys(part?.paths ?? {})).toEqual(['/apis/a.io/v1/boats']);
    expect(Object.keys(part?.definitions ?? {})).toEqual(['Boat', 'Spec']);
    expect(partOf(theirs, 'c.io', 'v1')).toBeUndefined();
  });

  test('has parameters where they are used', () => {
    const document = aDocument(
      { '/apis/a.io/v1/boats': { get: { parameters: [{ $ref: '#/parameters/pretty-x' }] }, parameters: [{ $ref: '#/parameters/gone' }] } },
      {},
      { parameters: { 'pretty-x': { name: 'pretty', in: 'query' } } },
    );
    expect(partOf(document, 'a.io', 'v1')?.paths['/apis/a.io/v1/boats']).toEqual({ get: { parameters: [{ name: 'pretty', in: 'query' }] }, parameters: [] });
  });

  test('keeps one definition that all agree on, and renames one that they do not', () => {
    const ours = aDocument({ '/api/v1/pods': operation('Pod') }, { Spec: { type: 'string' }, Same: { type: 'object' } });
    const part = {
      paths: { '/x': operation('Boat') as never },
      definitions: { Boat: { properties: { spec: reference('Spec'), same: reference('Same') } }, Spec: { type: 'object' }, Same: { type: 'object' } },
    };
    const { paths, definitions } = mergedV2(ours, [part]);
    expect(Object.keys(paths)).toEqual(['/api/v1/pods', '/x']);
    expect(definitions).toEqual({
      Spec: { type: 'string' },
      Same: { type: 'object' },
      Spec_v2: { type: 'object' },
      Boat: { properties: { spec: reference('Spec_v2'), same: reference('Same') } },
    });
    expect(mergedV2(ours, [])).toBe(ours);
  });
});
