import { ConfigMap } from '#lib/api/core/configmap';
import { Secret } from '#lib/api/core/secret';
import { created } from '#lib/api/testing/given-kind';
import { parseFieldSelector, selectableFieldsOf } from './field-selectors';

const secret = created(Secret, '{metadata: {name: "a,b=c"}, type: kubernetes.io/tls}');

describe('field selectors', () => {
  test.each([
    ['', true],
    ['metadata.namespace=default', true],
    ['metadata.namespace!=default', false],
    ['type==kubernetes.io/tls', true],
    ['type=Opaque', false],
    ['type!=Opaque,metadata.namespace=default,', true],
    ['metadata.name=a\\,b\\=c', true],
  ])('%s: %s', (text, matches) => {
    expect(parseFieldSelector(Secret, text).matches(secret)).toBe(matches);
  });

  test.each([
    ['type', "invalid selector: 'type'; can't understand 'type'"],
    ['a,type=b', "invalid selector: 'a,type=b'; can't understand 'a'"],
    ['metadata.name=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
    ['metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
    ['spec.x=1', 'field label not supported: spec.x'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parseFieldSelector(Secret, text)).toThrow(message);
  });

  test('kinds without fields of their own say which there are', () => {
    expect(() => parseFieldSelector(ConfigMap, 'data.x=1')).toThrow('"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"');
    expect(selectableFieldsOf(Secret)).toEqual(['metadata.name', 'metadata.namespace', 'type']);
  });

  test('an exact name turns a list into a look-up', () => {
    expect(parseFieldSelector(Secret, 'metadata.name=x,type!=y').exact('metadata.name')).toBe('x');
    expect(parseFieldSelector(Secret, 'metadata.name!=x').exact('metadata.name')).toBeUndefined();
  });
});
