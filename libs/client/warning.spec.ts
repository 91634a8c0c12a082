import { warningsIn } from './warning';

describe('warnings of an answer', () => {
  test('are told one by one, with the quotes that are in them', () => {
    expect(warningsIn('299 - "the first, of two", 299 - "say \\"please\\""')).toEqual(['the first, of two', 'say "please"']);
  });

  test('are none without the header, or where it is none of ours', () => {
    expect(warningsIn(undefined)).toEqual([]);
    expect(warningsIn('110 anderson/1.3.37 "Response is stale"')).toEqual([]);
  });
});
