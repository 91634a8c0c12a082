import { Pod } from '#lib/api/core/pod/pod';
import { anEntry } from './bus.contract';
import { filterSubject, passes, subjectOf, token, untoken } from './subjects';

describe('subjects', () => {
  test.each(['web', 'kube-system', 'a.b.c', '*', '>', 'a b', 'system:node:n1', '', '_', '__', '%', '%5F', "(it's)!~", 'ümläut', '日本', '\n'])(
    'carry %j in one token, and give it back',
    (text) => {
      expect(token(text)).toMatch(/^[A-Za-z0-9_%-]+$/);
      expect(untoken(token(text))).toBe(text);
    },
  );

  test('name resource, route, namespace and name', () => {
    expect(subjectOf(Pod, anEntry(1, { name: 'web-1.x', object: '{"spec":{"nodeName":"n1"}}' }))).toBe('log.pods.n1.default.web-1%2Ex');
    expect(subjectOf(Pod, anEntry(1, { name: 'web' }))).toBe('log.pods._.default.web');
    expect(subjectOf(undefined, anEntry(1, { resource: 'widgets.example.com', namespace: '', name: 'w' }))).toBe('log.widgets%2Eexample%2Ecom._._.w');
  });

  test('leave the object alone when its kind has no route', () => {
    expect(subjectOf({ ...Pod, route: undefined }, anEntry(1, { object: 'not json' }))).toBe('log.pods._.default.pod-1');
  });

  test('do not take the resource "pods" for "podsets"', () => {
    expect(passes('log.podsets._.a.b', filterSubject({ resource: 'pods' }))).toBe(false);
    expect(passes('log.pods.n1.a.b', filterSubject({ resource: 'pods', route: 'n1' }))).toBe(true);
    expect(passes('log.pods.n10.a.b', filterSubject({ resource: 'pods', route: 'n1' }))).toBe(false);
  });
});
