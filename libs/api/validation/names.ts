import { byteLength } from './size';

/**
 * The grammars of names, keys and ports. Each function answers with its complaints, and with none when the text is fine.
 * Texts are those of apimachinery's pkg/util/validation and pkg/api/validate/content.
 */

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const DNS_1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD_SUBDOMAIN = `\\*\\.${DNS_SUBDOMAIN}`;
const LABEL_KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${LABEL_KEY})?`;
const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const PERCENT = '[0-9]+%';
const HTTP_HEADER = '[-A-Za-z0-9]+';
const ENV_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const dnsLabel = whole(DNS_LABEL);
const dnsSubdomain = whole(DNS_SUBDOMAIN);
const dns1035Label = whole(DNS_1035_LABEL);
const wildcardSubdomain = whole(WILDCARD_SUBDOMAIN);
const labelKey = whole(LABEL_KEY);
const labelValue = whole(LABEL_VALUE);
const cIdentifier = whole(C_IDENTIFIER);
const percent = whole(PERCENT);
const httpHeader = whole(HTTP_HEADER);
const envName = whole(ENV_NAME);
const configKey = whole(CONFIG_KEY);

/** Longest DNS label: names of namespaces, services, ports' hosts. */
export const MAX_LABEL = 63;
/** Longest DNS subdomain: names of most kinds. */
export const MAX_SUBDOMAIN = 253;

/** `must be no more than 63 characters`. */
export const maxLengthError = (max: number, unit: 'characters' | 'bytes' = 'characters'): string => `must be no more than ${max} ${unit}`;

/** `must be between 1 and 65535, inclusive`. */
export const rangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

/** `<message> (e.g. 'a' or 'b', regex used for validation is '<pattern>')`. */
export function regexError(message: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

/** RFC 1123 label: `my-name`, at most 63. */
export function isDNS1123Label(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_LABEL) errors.push(maxLengthError(MAX_LABEL));
  if (!dnsLabel.test(value)) {
    errors.push(
      dnsSubdomain.test(value)
        ? 'must not contain dots'
        : regexError(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            DNS_LABEL,
            'my-name',
            '123-abc',
          ),
    );
  }
  return errors;
}

/** RFC 1123 subdomain: `example.com`, at most 253. The name rule of most kinds. */
export function isDNS1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_SUBDOMAIN) errors.push(maxLengthError(MAX_SUBDOMAIN));
  if (!dnsSubdomain.test(value)) {
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        DNS_SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return errors;
}

/** RFC 1035 label: starts with a letter. The name rule of Services. */
export function isDNS1035Label(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_LABEL) errors.push(maxLengthError(MAX_LABEL));
  if (!dns1035Label.test(value)) {
    errors.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        DNS_1035_LABEL,
        'my-name',
        'abc-123',
      ),
    );
  }
  return errors;
}

/** `*.example.com`. */
export function isWildcardDNS1123Subdomain(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_SUBDOMAIN) errors.push(maxLengthError(MAX_SUBDOMAIN));
  if (!wildcardSubdomain.test(value)) {
    errors.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD_SUBDOMAIN,
        '*.example.com',
      ),
    );
  }
  return errors;
}

/** Label keys, annotation keys, finalizers, condition types: `name` or `example.com/name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2)
    return [`a valid label key ${labelKeyError()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const errors = parts.length === 2 ? prefixErrors(parts[0] ?? '') : [];
  const name = parts[parts.length - 1] ?? '';
  if (name === '') errors.push('name part must be non-empty');
  else if (byteLength(name) > MAX_LABEL) errors.push(`name part ${maxLengthError(MAX_LABEL, 'bytes')}`);
  if (!labelKey.test(name)) errors.push(`name part ${labelKeyError()}`);
  return errors;
}

function labelKeyError(): string {
  const message = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return regexError(message, LABEL_KEY, 'MyName', 'my.name', '123-abc');
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return isDNS1123Subdomain(prefix).map((message) => `prefix part ${message}`);
}

/** Values of labels: empty, or at most 63 of `[-A-Za-z0-9_.]` with an alphanumeric at both ends. */
export function isValidLabelValue(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_LABEL) errors.push(maxLengthError(MAX_LABEL, 'bytes'));
  if (!labelValue.test(value)) {
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

/** A name in C. */
export function isCIdentifier(value: string): string[] {
  if (cIdentifier.test(value)) return [];
  return [
    regexError(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      C_IDENTIFIER,
      'my_name',
      'MY_NAME',
      'MyName',
    ),
  ];
}

/** Whole number within an inclusive range. */
export const isInRange = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [rangeError(low, high)];

/** 1 to 65535. */
export const isValidPortNum = (port: number): string[] => isInRange(port, 1, 65535);

/** Unix user ids. */
export const isValidUserID = (id: number): string[] => isInRange(id, 0, 0xffffffff);

/** Unix group ids. */
export const isValidGroupID = (id: number): string[] => isInRange(id, 0, 0xffffffff);

/** IANA service name: at most 15 of `[-a-z0-9]` with a letter; container ports and `targetPort` use it. */
export function isValidPortName(name: string): string[] {
  const errors: string[] = [];
  if (byteLength(name) > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** `25%`. */
export function isValidPercent(value: string): string[] {
  if (percent.test(value)) return [];
  return [regexError("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, '1%', '93%')];
}

/** Names of headers in HTTP probes. */
export function isHTTPHeaderName(value: string): string[] {
  if (httpHeader.test(value)) return [];
  return [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", HTTP_HEADER, 'X-Header-Name')];
}

/** Names of environment variables in the strict form. */
export function isEnvVarName(value: string): string[] {
  const errors: string[] = [];
  if (!envName.test(value)) {
    errors.push(
      regexError(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
        ENV_NAME,
        'my.env-name',
        'MY_ENV.NAME',
        'MyEnvName1',
      ),
    );
  }
  return [...errors, ...changesDirectory(value)];
}

/** Names of environment variables as they are accepted since 1.34: any printable ASCII but `=`. */
export function isRelaxedEnvVarName(value: string): string[] {
  const errors = value === '' ? ['environment variable name must be non-empty'] : [];
  if (!/^[ -<>-~]*$/.test(value))
    errors.push("a valid environment variable name must consist only of printable ASCII characters other than '='");
  return errors;
}

/** Keys of ConfigMaps and Secrets: they become file names. */
export function isConfigMapKey(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > MAX_SUBDOMAIN) errors.push(maxLengthError(MAX_SUBDOMAIN));
  if (!configKey.test(value)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return [...errors, ...changesDirectory(value)];
}

function changesDirectory(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** Anything that fits into one segment of a URL: RBAC names. Mirrors pkg/api/validation/path. */
export function isPathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return isPathSegmentPrefix(name);
}

/** The beginning of such a name, for generateName. */
export const isPathSegmentPrefix = (name: string): string[] =>
  ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
