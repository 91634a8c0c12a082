import { decodeBody } from './body';
import { roundedIntegers } from './rounded';

const told = (text: string): string[] => roundedIntegers(text, JSON.parse(text));

test.each([
  [
    'an integer of 64 bits is told with its place',
    '{"spec":{"a":[1,{"b":9223372036854775807}]}}',
    ['spec.a[1].b: integers beyond 9007199254740991 are rounded: 9223372036854775808 is kept'],
  ],
  ['a negative one too', '{"a": -9223372036854775807}', ['a: integers beyond 9007199254740991 are rounded: -9223372036854775808 is kept']],
  ['the greatest that fits is not', '{"a":9007199254740991}', []],
  ['a text of digits is not', '{"a":"9223372036854775807, 9223372036854775807"}', []],
  ['a fraction is not', '{"a":0.12345678901234567}', []],
])('%s', (_, text, expected) => expect(told(text)).toEqual(expected));

test.each(['application/json', 'application/yaml'])('who sends one as %s is warned, and not refused', (type) => {
  const body = type.endsWith('json')
    ? '{"apiVersion":"x.io/v1","kind":"X","big":9223372036854775807}'
    : 'apiVersion: x.io/v1\nkind: X\nbig: 9223372036854775807\n';
  const { warnings } = decodeBody(Buffer.from(body), type, undefined, 'Strict');
  expect(warnings).toEqual(['big: integers beyond 9007199254740991 are rounded: 9223372036854775808 is kept']);
});
