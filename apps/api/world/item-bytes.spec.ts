import { ConfigMap } from '#lib/api/core/configmap';
import type { KubeObject } from '#lib/api/meta';
import { itemBytes } from './item-bytes';
import { rememberBytes } from './wire';

const item = (text: string): string => {
  const object = JSON.parse(text) as KubeObject;
  rememberBytes(object, text);
  return itemBytes(ConfigMap, object).toString();
};

describe('an object as an item of a list', () => {
  const members = '"metadata":{"name":"a"},"data":{"kind":"ConfigMap","b":"}\\",{"}';

  test.each([
    ['says its type first', `{"kind":"ConfigMap","apiVersion":"v1",${members}}`],
    ['the other way round', `{"apiVersion":"v1","kind":"ConfigMap",${members}}`],
    ['last', `{${members},"kind":"ConfigMap","apiVersion":"v1"}`],
    ['last, the other way round', `{${members},"apiVersion":"v1","kind":"ConfigMap"}`],
    ['on both ends', `{"kind":"ConfigMap",${members},"apiVersion":"v1"}`],
    ['in the middle', `{${members.replace(',"data"', ',"kind":"ConfigMap","apiVersion":"v1","data"')}}`],
  ])('that %s has none of it', (_, text) => {
    expect(item(text)).toBe(members);
  });

  test('may have nothing else', () => {
    expect(item('{"kind":"ConfigMap","apiVersion":"v1"}')).toBe('');
  });
});
