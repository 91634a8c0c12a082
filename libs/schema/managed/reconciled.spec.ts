import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { applied } from './apply';
import { LEAF, setOf, union } from './fields';
import { schemaNodeOf, type SchemaNode } from './schema-node';
import { trackUpdate, type TrackedWrite } from './track';

const nodeOf = (items: object, more: object = {}): SchemaNode =>
  schemaNodeOf({
    apiVersion: 'example.com/v1',
    kind: 'K',
    schema: { root: { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' }, items, ...more } } } } },
  } as never) as SchemaNode;

const ITEM = { type: 'object', properties: { name: { type: 'string' }, x: { type: 'string' } } };
const list = (type: string): object => ({
  type: 'array',
  items: ITEM,
  'x-kubernetes-list-type': type,
  ...(type === 'map' && { 'x-kubernetes-list-map-keys': ['name'] }),
});
const [whole, byName] = [nodeOf(list('atomic')), nodeOf(list('map'))];

const write = (node: SchemaNode, manager: string): TrackedWrite => {
  const ignored = {
    parts: new Set(['apiVersion', 'kind']),
    meta: new Set(['name', 'managedFields']),
    fields: union(setOf(['f:apiVersion']), setOf(['f:kind'])),
  };
  return { manager, apiVersion: 'example.com/v1', subresource: '', time: '2026-01-01T00:00:00Z', node, ignored };
};
const empty = { apiVersion: 'example.com/v1', kind: 'K', metadata: {} } as KubeObject;
const object = (spec: object, managedFields?: readonly ManagedFieldsEntry[]): KubeObject =>
  ({ ...empty, metadata: { name: 'a', ...(managedFields && { managedFields }) }, spec }) as unknown as KubeObject;
const ownedBy = (entries: readonly ManagedFieldsEntry[] | undefined): Record<string, unknown> =>
  Object.fromEntries((entries ?? []).map(({ manager, fieldsV1 }) => [manager, (fieldsV1 as { 'f:spec'?: object })['f:spec']]));

/** An object that `me` applied while the schema was the given one. */
function appliedUnder(node: SchemaNode, spec: object): KubeObject {
  const made = applied(empty, empty, object(spec), write(node, 'me'), false);
  return object(spec, made.managedFields);
}

const ITEMS = [{ name: 'p', x: '1' }, { name: 'q' }];
const ITEM_BY_ITEM = {
  'f:items': { '.': LEAF, 'k:{"name":"p"}': { '.': LEAF, 'f:name': LEAF, 'f:x': LEAF }, 'k:{"name":"q"}': { '.': LEAF, 'f:name': LEAF } },
};

describe('who owns what after the schema of a custom resource has changed', () => {
  test('a list that became atomic belongs as a whole to whom its items belonged', () => {
    const live = appliedUnder(byName, { items: ITEMS });
    const next = { ...live, spec: { items: ITEMS, a: 'new' } } as KubeObject;
    expect(ownedBy(trackUpdate(live, next, write(whole, 'other')))).toEqual({ me: { 'f:items': LEAF }, other: { 'f:a': LEAF } });
  });

  test('of a list that became a map each item that is there belongs to whom the list belonged', () => {
    const live = appliedUnder(whole, { items: ITEMS });
    const next = { ...live, spec: { items: ITEMS, a: 'new' } } as KubeObject;
    expect(ownedBy(trackUpdate(live, next, write(byName, 'other')))).toEqual({ me: ITEM_BY_ITEM, other: { 'f:a': LEAF } });
  });

  test('who applied items before the change can leave one out after it', () => {
    const live = appliedUnder(whole, { items: ITEMS });
    const { object: next } = applied(empty, live, object({ items: [{ name: 'p', x: '1' }] }), write(byName, 'me'), false);
    expect(next).toMatchObject({ spec: { items: [{ name: 'p', x: '1' }] } });
  });

  test('who applied an atomic list before conflicts with whoever changes an item after', () => {
    const live = appliedUnder(whole, { items: ITEMS });
    expect(() => applied(empty, live, object({ items: [{ name: 'p', x: '2' }] }), write(byName, 'other'), false)).toThrow('conflict');
  });

  test('maps are reconciled like lists', () => {
    const withMap = (type: string): SchemaNode =>
      nodeOf(list('map'), { map: { type: 'object', properties: { b: { type: 'string' } }, 'x-kubernetes-map-type': type } });
    const live = appliedUnder(withMap('granular'), { map: { b: '1' } });
    const next = { ...live, spec: { map: { b: '1' }, a: 'new' } } as KubeObject;
    const entries = trackUpdate(live, next, write(withMap('atomic'), 'other'));
    expect(ownedBy(entries)).toEqual({ me: { 'f:map': LEAF }, other: { 'f:a': LEAF } });
    const after = { ...next, metadata: { ...next.metadata, managedFields: entries } } as KubeObject;
    expect(ownedBy(trackUpdate(after, { ...after, spec: { map: { b: '1' }, a: 'newer' } } as KubeObject, write(withMap('granular'), 'other')))).toEqual({
      me: { 'f:map': { '.': LEAF, 'f:b': LEAF } },
      other: { 'f:a': LEAF },
    });
  });

  test('entries stay the same list when nothing has changed', () => {
    const live = appliedUnder(byName, { items: ITEMS });
    expect(trackUpdate(live, live, write(byName, 'other'))).toBe(live.metadata.managedFields);
  });

  test('who owns a map and nothing in it does not come to own what others put there', () => {
    const node = nodeOf(list('map'), { labels: { type: 'object', additionalProperties: { type: 'string' } } });
    const live = appliedUnder(node, { labels: {} });
    const next = { ...live, spec: { labels: { l: '1' } } } as KubeObject;
    const entries = trackUpdate(live, next, write(node, 'other'));
    const after = { ...next, metadata: { ...next.metadata, managedFields: entries } } as KubeObject;
    expect(ownedBy(trackUpdate(after, { ...after, spec: { labels: { l: '1' }, a: 'x' } } as KubeObject, write(node, 'third')))).toEqual({
      me: { 'f:labels': LEAF },
      other: { 'f:labels': { 'f:l': LEAF } },
      third: { 'f:a': LEAF },
    });
  });
});
