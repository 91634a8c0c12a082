import { canonicalJson } from './canonical';

describe('canonical JSON', () => {
  test('is the same for equal values, in whatever order their members were written', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
  });

  test('leaves out what it is told to, at every depth', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: null }, (member) => member === null)).toBe('{"b":[1,{"c":"x"}]}');
  });
});
