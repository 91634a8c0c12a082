import { cidrWarnings, ipWarnings } from './ip-warnings';

const SOON = 'will be considered invalid in a future Kubernetes release: use';

describe('warnings about addresses', () => {
  test.each(['10.0.0.1', '2001:db8::1', '::', 'no address', ''])('%s is written as it should be, or refused elsewhere', (text) => {
    expect(ipWarnings(text, 'spec.ip')).toEqual([]);
  });

  test.each([
    ['010.0.0.1', `spec.ip: non-standard IP address "010.0.0.1" ${SOON} "10.0.0.1"`],
    ['10.0.0.01', `spec.ip: non-standard IP address "10.0.0.01" ${SOON} "10.0.0.1"`],
    ['::ffff:1.2.3.4', `spec.ip: non-standard IP address "::ffff:1.2.3.4" ${SOON} "1.2.3.4"`],
    ['64:ff9b::01.2.3.4', `spec.ip: non-standard IP address "64:ff9b::01.2.3.4" ${SOON} "64:ff9b::102:304"`],
    ['2001:DB8::01', 'spec.ip: IPv6 address "2001:DB8::01" should be in RFC 5952 canonical format ("2001:db8::1")'],
  ])('%s is not', (text, warning) => {
    expect(ipWarnings(text, 'spec.ip')).toEqual([warning]);
  });

  test.each(['10.0.0.0/8', '2001:db8::/32', '10.0.0.1', '10.0.0.0/33'])('%s is a block as it should be, or none', (text) => {
    expect(cidrWarnings(text, 'cidr')).toEqual([]);
  });

  test.each([
    ['10.0.0.5/8', ['cidr: CIDR value "10.0.0.5/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.5/32"?)']],
    ['010.0.0.0/8', [`cidr: non-standard CIDR value "010.0.0.0/8" ${SOON} "10.0.0.0/8"`]],
    ['10.0.0.0/08', [`cidr: non-standard CIDR value "10.0.0.0/08" ${SOON} "10.0.0.0/8"`]],
    ['2001:DB8::/32', ['cidr: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")']],
    [
      '10.0.0.01/8',
      [
        'cidr: CIDR value "10.0.0.01/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
        `cidr: non-standard CIDR value "10.0.0.01/8" ${SOON} "10.0.0.0/8"`,
      ],
    ],
  ])('%s is a block that is not', (text, warnings) => {
    expect(cidrWarnings(text, 'cidr')).toEqual(warnings);
  });
});
