import { func, method, type Overload } from '../declarations';
import { CelError } from '../issues';
import { BOOL, INT, opaqueType, STRING } from '../types';
import { CelValue, intOf, type IntValue } from '../values';
import { walking } from './charges';

/** The type of `semver('1.2.3')`. */
export const SEMVER = opaqueType('kubernetes.Semver');

const NUMBER = '(0|[1-9]\\d*)';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const FORM = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+(${IDENTIFIERS}))?$`);
/** As people write versions: `v1`, `01.2`. */
const LOOSE = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/;

class SemverValue extends CelValue {
  readonly typeName = 'kubernetes.Semver';
  constructor(
    readonly numbers: readonly bigint[],
    readonly pre: readonly string[],
  ) {
    super();
  }
  equals(other: unknown): boolean {
    return other instanceof SemverValue && compare(this, other) === 0;
  }
}

/**
 * Undefined when it is none. Mirrors blang/semver's Parse, and with `loose` the normalisation of apiserver/pkg/cel/library/semverlib.go.
 */
function parsed(text: string, loose = false): SemverValue | undefined {
  const [, major, minor, patch, pre] = FORM.exec(loose ? normalised(text) : text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  const identifiers = pre?.split('.') ?? [];
  if (identifiers.some((one) => /^0\d+$/.test(one))) return undefined;
  return new SemverValue([BigInt(major), BigInt(minor), BigInt(patch)], identifiers);
}

function normalised(text: string): string {
  const [, major, minor = '0', patch = '0', rest = ''] = LOOSE.exec(text) ?? [];
  return major === undefined ? text : `${[major, minor, patch].map((one) => BigInt(one)).join('.')}${rest}`;
}

function semver(text: string, loose = false): SemverValue {
  const value = parsed(text, loose);
  if (!value) throw new CelError(`invalid semantic version ${JSON.stringify(text)}`);
  return value;
}

const sign = <T extends bigint | string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** As of semver.org: what comes before a release is less than it, numbers are less than words, and what was built how says nothing. */
function compare(a: SemverValue, b: SemverValue): number {
  for (const [i, number] of a.numbers.entries()) if (number !== b.numbers[i]) return sign(number, b.numbers[i] as bigint);
  if (a.pre.length === 0 || b.pre.length === 0) return sign(b.pre.length, a.pre.length);
  for (const [i, one] of a.pre.entries()) {
    const other = b.pre[i];
    if (other === undefined) return 1;
    const difference = compareIdentifiers(one, other);
    if (difference !== 0) return difference;
  }
  return sign(a.pre.length, b.pre.length);
}

function compareIdentifiers(a: string, b: string): number {
  const [first, second] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (first && second) return sign(BigInt(a), BigInt(b));
  return first === second ? sign(a, b) : first ? -1 : 1;
}

const numberAt =
  (index: number) =>
  ({ numbers }: SemverValue): IntValue =>
    intOf(numbers[index] as bigint);

/** `semver('1.2.3').isLessThan(semver('1.3.0'))`. Mirrors apiserver/pkg/cel/library/semverlib.go. */
export const semvers: readonly Overload[] = [
  func('semver', [STRING], SEMVER, (text: string) => semver(text), walking(0)),
  func('semver', [STRING, BOOL], SEMVER, semver, walking(0)),
  func('isSemver', [STRING], BOOL, (text: string) => parsed(text) !== undefined, walking(0)),
  func('isSemver', [STRING, BOOL], BOOL, (text: string, loose: boolean) => parsed(text, loose) !== undefined, walking(0)),
  method('major', [SEMVER], INT, numberAt(0)),
  method('minor', [SEMVER], INT, numberAt(1)),
  method('patch', [SEMVER], INT, numberAt(2)),
  method('isGreaterThan', [SEMVER, SEMVER], BOOL, (a: SemverValue, b: SemverValue) => compare(a, b) > 0),
  method('isLessThan', [SEMVER, SEMVER], BOOL, (a: SemverValue, b: SemverValue) => compare(a, b) < 0),
  method('compareTo', [SEMVER, SEMVER], INT, compare),
];
