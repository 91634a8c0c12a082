import {
  isCIdentifier,
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isEnvVarName,
  isHTTPHeaderName,
  isPathSegmentName,
  isPathSegmentPrefix,
  isQualifiedName,
  isRelaxedEnvVarName,
  isValidLabelValue,
  isValidPercent,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
} from './names';
import { base64Length, byteLength } from './size';

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('the grammars of names', () => {
  test.each<[string, (value: string) => string[], string[]]>([
    ['a DNS subdomain may have dots', isDNS1123Subdomain, ['a', 'example.com', '1-2.3', 'a'.repeat(253)]],
    ['a DNS label has none', isDNS1123Label, ['a', '1a', 'a-b', 'a'.repeat(63)]],
    ['a Service name starts with a letter', isDNS1035Label, ['a', 'a1', 'a-1']],
    ['a qualified name may have a prefix', isQualifiedName, ['a', 'A_b.c', 'example.com/Name', '1']],
    ['a label value may be empty', isValidLabelValue, ['', 'a', 'A_b-c.d']],
    ['a port name has a letter', isValidPortName, ['http', '80a', 'a-b']],
    ['an environment variable may have dots and dashes', isEnvVarName, ['A', '_', 'a.b-c', '.x']],
    ['a relaxed environment variable may have nearly anything', isRelaxedEnvVarName, ['1', 'a b', '..']],
    ['a config key may start with a dot', isConfigMapKey, ['.bashrc', 'a', 'A_b-c.D', '...x'.slice(3)]],
    ['a path segment may have colons', isPathSegmentName, ['system:node', 'a b', 'ÄÖ']],
    ['a header has dashes', isHTTPHeaderName, ['X-Forwarded-For', 'a']],
    ['a wildcard stands in front', isWildcardDNS1123Subdomain, ['*.example.com']],
    ['a C identifier has no dash', isCIdentifier, ['_a1', 'A']],
    ['a percentage has digits', isValidPercent, ['0%', '100%']],
  ])('%s', (_, grammar, values) => {
    expect(values.flatMap(grammar)).toEqual([]);
  });

  test.each<[string, string[], string[]]>([
    ['upper case is no DNS subdomain', isDNS1123Subdomain('Web'), [SUBDOMAIN]],
    ['a long name is told its limit', isDNS1123Subdomain('a'.repeat(254)), ['must be no more than 253 characters']],
    ['a label is told about its dots', isDNS1123Label('a.b'), ['must not contain dots']],
    ['an empty label is none', isDNS1123Label(''), [LABEL]],
    [
      'a digit in front is no RFC 1035 label',
      isDNS1035Label('1a'),
      [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    ['a key without a name', isQualifiedName('example.com/'), ['name part must be non-empty', `name part ${NAME_PART}`]],
    ['a key without a prefix', isQualifiedName('/a'), ['prefix part must be non-empty']],
    ['a key with a bad prefix', isQualifiedName('A/a'), [`prefix part ${SUBDOMAIN}`]],
    [
      'a key with two slashes',
      isQualifiedName('a/b/c'),
      [`a valid label key ${NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
    ['a long key', isQualifiedName('a'.repeat(64)), ['name part must be no more than 63 bytes']],
    ['a long value', isValidLabelValue('a'.repeat(64)), ['must be no more than 63 bytes']],
    ['a port out of range', isValidPortNum(65536), ['must be between 1 and 65535, inclusive']],
    [
      'a port name without letters',
      isValidPortName('80--'),
      ['must contain at least one letter (a-z)', 'must not contain consecutive hyphens', 'must not begin or end with a hyphen'],
    ],
    [
      'a long port name in capitals',
      isValidPortName('ABCDEFGHIJKLMNOP'),
      [
        'must be no more than 15 characters',
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
      ],
    ],
    [
      'an equals sign in a variable',
      isRelaxedEnvVarName('a=b'),
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
    ['a key that leaves its directory', isConfigMapKey('..'), ["must not be '..'"]],
    ['a key that starts like one', isConfigMapKey('..a'), ["must not start with '..'"]],
    [
      'a key with a slash',
      isConfigMapKey('a/b'),
      [
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    ['a segment that is two', isPathSegmentName('a/b%'), ["may not contain '/'", "may not contain '%'"]],
    ['a segment that is none', isPathSegmentName('..'), ["may not be '..'"]],
    ['a prefix that is a dot', isPathSegmentPrefix('.'), []],
  ])('%s', (_, got, wanted) => {
    expect(got).toEqual(wanted);
  });
});

test('lengths are counted in bytes of UTF-8', () => {
  for (const text of ['', 'abc', 'äöü', '漢字', '😀', '😀\ud800x', 'a\udc00']) expect(byteLength(text)).toBe(new TextEncoder().encode(text).length);
  expect(['', 'YQ==', 'YWI=', 'YWJj'].map(base64Length)).toEqual([0, 1, 2, 3]);
});
