import { isDNS1035Label, isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from '#lib/api/validation/names';
import { func, method, type Overload } from '../declarations';
import { parseTimestamp } from '../time-values';
import { listType, opaqueType, optionalType, STRING } from '../types';
import { CelValue, Optional } from '../values';
import { walking } from './charges';

/** The type of `format.dns1123Label()`. */
export const FORMAT = opaqueType('kubernetes.NamedFormat');

class FormatValue extends CelValue {
  readonly typeName = 'kubernetes.NamedFormat';
  constructor(
    readonly name: string,
    readonly problems: (text: string) => readonly string[],
  ) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

/** A prefix may end in a hyphen: something is put behind it. */
const prefix =
  (rule: (text: string) => readonly string[]) =>
  (text: string): readonly string[] =>
    rule(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const shaped =
  (pattern: RegExp, problem: string) =>
  (text: string): readonly string[] =>
    pattern.test(text) ? [] : [problem];

function dateTime(text: string): readonly string[] {
  try {
    parseTimestamp(text);
    return [];
  } catch {
    return ['invalid datetime'];
  }
}

function uri(text: string): readonly string[] {
  try {
    if (!text.startsWith('/')) new URL(text);
    return [];
  } catch {
    return [`parse ${JSON.stringify(text)}: invalid URI for request`];
  }
}

const RULES: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dns1123Label: isDNS1123Label,
  dns1123Subdomain: isDNS1123Subdomain,
  dns1035Label: isDNS1035Label,
  dns1123LabelPrefix: prefix(isDNS1123Label),
  dns1123SubdomainPrefix: prefix(isDNS1123Subdomain),
  dns1035LabelPrefix: prefix(isDNS1035Label),
  qualifiedName: isQualifiedName,
  labelValue: isValidLabelValue,
  uri,
  uuid: shaped(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i, 'does not match the UUID format'),
  byte: shaped(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$/, 'invalid base64'),
  date: (text) => (/^\d{4}-\d\d-\d\d$/.test(text) && dateTime(text).length === 0 ? [] : ['invalid date']),
  datetime: dateTime,
};

const named = Object.entries(RULES).map(([name, rule]) => new FormatValue(name, rule));

/** `format.dns1123Label().validate(text)`: none when it is fine, else what is wrong. Mirrors apiserver/pkg/cel/library/format.go. */
export const formats: readonly Overload[] = [
  ...named.map((value) => func(`format.${value.name}`, [], FORMAT, () => value)),
  func('format.named', [STRING], optionalType(FORMAT), (name: string) => {
    const found = named.find((each) => each.name === name);
    return found ? Optional.of(found) : Optional.none;
  }),
  method(
    'validate',
    [FORMAT, STRING],
    optionalType(listType(STRING)),
    (value: FormatValue, text: string) => {
      const problems = value.problems(text);
      return problems.length === 0 ? Optional.none : Optional.of(problems);
    },
    walking(1),
  ),
];
