import { ApiError } from '#lib/api/errors';
import { texts } from '#lib/api/testing/given-kind';
import { validateLabelSelector } from './labels';
import { everything, fromLabelSelector, fromMap, nothing, parseSelector, printLabels, printLabelSelector } from './selectors';

const refusal = (text: string): string => {
  try {
    parseSelector(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).code).toBe(400);
    return (error as ApiError).message;
  }
  return 'accepted';
};

describe('label selectors', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['', { a: 'b' }, true],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (b,c)', { a: 'c' }, true],
    ['a in (b,c)', {}, false],
    ['a notin (b,c)', {}, true],
    ['a notin (b,c)', { a: 'b' }, false],
    ['a', { a: '' }, true],
    ['!a', { a: '' }, false],
    ['!a', {}, true],
    ['a=', { a: '' }, true],
    ['a>5', { a: '10' }, true],
    ['a<5', { a: '10' }, false],
    ['a>5', { a: 'x' }, false],
    [' a = b , c in ( d , , e ) ,!f', { a: 'b', c: '' }, true],
    ['in in (in,notin)', { in: 'notin' }, true],
    ['toString', {}, false],
  ])('%s on %j: %s', (text, labels, matches) => {
    expect(parseSelector(text).matches(labels)).toBe(matches);
  });

  test.each([
    ['a=b,', "found '', expected: identifier after ','"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (=', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a==!', "unable to parse requirement: found '!', expected: identifier"],
    ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
  ])('%s is refused: %s', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  test('keys and values obey the grammars of labels', () => {
    expect(refusal('a/b/c=d')).toMatch(/^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must consist of/);
    expect(refusal('a=-')).toMatch(/^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-": a valid label must be/);
  });

  test('are written as they were meant, sorted by key', () => {
    expect(parseSelector('z,b in (y,x),a!=c,!d').text).toBe('a!=c,b in (x,y),!d,z');
    expect(fromLabelSelector({ matchLabels: { b: '1', a: '2' }, matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['y', 'x'] }] }).text).toBe(
      'a=2,b=1,c notin (x,y)',
    );
    expect([printLabelSelector({}), printLabelSelector(undefined), printLabels(undefined), printLabels({ b: '1', a: '2' })]).toEqual([
      '<none>',
      '<none>',
      '<none>',
      'a=2,b=1',
    ]);
  });

  test('an absent one matches nothing, an empty one everything', () => {
    expect([fromLabelSelector(undefined), fromLabelSelector({}), fromMap(undefined)]).toEqual([nothing, everything, everything]);
    expect(fromMap({ a: 'b' }).matches({ a: 'b', c: 'd' })).toBe(true);
  });

  test('the ones in objects are validated', () => {
    const selector = {
      matchLabels: { 'a b': '' },
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'b', operator: 'Exists', values: ['x'] },
        { key: 'c', operator: 'x' },
      ],
    };
    expect(texts(validateLabelSelector(selector, 's'))).toEqual([
      expect.stringMatching(/^s\.matchLabels: Invalid value: "a b": name part/),
      "s.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "s.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      's.matchExpressions[2].operator: Invalid value: "x": not a valid selector operator',
    ]);
  });
});
