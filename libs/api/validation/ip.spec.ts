import { addressAt, contains, isNonSpecialIP, isValidIP, parseCIDR, parseIP, sizeOf, type Block } from './ip';

describe('addresses', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['010.0.0.01', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::', '::'],
    ['fe80::1.2.3.4', 'fe80::102:304'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is written %s', (text, canonical) => {
    expect(parseIP(text)?.text).toBe(canonical);
  });

  test.each(['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9', 'fe80::1%eth0', '1:2:3'])(
    '"%s" is none',
    (text) => expect(isValidIP(text)).toEqual(['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
  );

  test('a block knows its members, their number and their places', () => {
    const block = parseCIDR('10.96.7.0/16') as Block;
    const member = (text: string): boolean => contains(block, parseIP(text) as NonNullable<ReturnType<typeof parseIP>>);
    expect([member('10.96.0.0'), member('10.96.255.255'), member('10.97.0.0'), member('::a60:1')]).toEqual([true, true, false, false]);
    expect([addressAt(block, 0), addressAt(block, 257), sizeOf(block)]).toEqual(['10.96.0.0', '10.96.1.1', 65536]);
    expect(['10.0.0.0/33', '10.0.0.0', 'x/8', '::/129'].map(parseCIDR)).toEqual([undefined, undefined, undefined, undefined]);
    expect(addressAt(parseCIDR('2001:db8::/64') as Block, 1)).toBe('2001:db8::1');
  });

  test('special addresses are nobody’s endpoint', () => {
    expect(isNonSpecialIP('127.0.0.1')).toEqual(['may not be in the loopback range (127.0.0.0/8, ::1/128)']);
    expect(isNonSpecialIP('169.254.1.1')).toEqual(['may not be in the link-local range (169.254.0.0/16, fe80::/10)']);
    expect(isNonSpecialIP('0.0.0.0')).toEqual(['may not be unspecified (0.0.0.0)']);
    expect(isNonSpecialIP('10.0.0.1')).toEqual([]);
  });
});
