import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { parseRequirements, type Operator, type Requirement } from './selector-syntax';

/** A label selector, ready to match. Mirrors labels.Selector of apimachinery. */
export interface Selector {
  readonly requirements: readonly Requirement[];
  /** True when it matches everything. */
  readonly empty: boolean;
  /** As it would stand in a query string: `app=web,tier in (a,b)`; what Scale.status.selector carries. */
  readonly text: string;
  matches(labels: Readonly<Record<string, string>> | undefined): boolean;
}

/** Matches every object. */
export const everything: Selector = { requirements: [], empty: true, text: '', matches: () => true };

/** Matches no object: what an absent metav1.LabelSelector means to most kinds. */
export const nothing: Selector = { requirements: [], empty: false, text: '', matches: () => false };

/** Reads the `labelSelector` of a query string. Throws ApiError 400 with the texts of labels.Parse. */
export const parseSelector = (text: string): Selector => fromRequirements(parseRequirements(text));

/** A plain map as in Service.spec.selector: every pair must be there. An empty one matches everything. */
export const fromMap = (pairs: Readonly<Record<string, string>> | undefined): Selector =>
  fromRequirements(Object.entries(pairs ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));

const OPERATORS: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** A metav1.LabelSelector: absent matches nothing, empty matches everything. Mirrors LabelSelectorAsSelector. */
export function fromLabelSelector(selector: LabelSelector | undefined): Selector {
  if (!selector) return nothing;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return fromRequirements([
    ...Object.entries(matchLabels).map(([key, value]): Requirement => ({ key, operator: '=', values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }): Requirement => {
      const known = OPERATORS[operator];
      if (known === undefined) throw new Error(`"${operator}" is not a valid label selector operator`);
      return { key, operator: known, values: [...new Set(values)].sort() };
    }),
  ]);
}

/** A metav1.LabelSelector as kubectl prints it: like its query string, but `<none>` when empty and `<error>` when unreadable. */
export function printLabelSelector(selector: LabelSelector | undefined): string {
  try {
    return fromLabelSelector(selector).text || '<none>';
  } catch {
    return '<error>';
  }
}

/** A map of labels as kubectl prints it: `a=b,c=d`, `<none>` when empty. Mirrors labels.FormatLabels. */
export function printLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}

function fromRequirements(list: readonly Requirement[]): Selector {
  if (list.length === 0) return everything;
  const requirements = [...list].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    requirements,
    empty: false,
    text: requirements.map(print).join(','),
    matches: (labels = {}) => requirements.every((requirement) => holds(requirement, labels)),
  };
}

function holds({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return compare(value, values[0]) > 0;
    case 'lt':
      return compare(value, values[0]) < 0;
  }
}

/** The sign of a - b as 64-bit integers; 0 (so neither gt nor lt) when one of them is no integer. */
function compare(a: string | undefined, b: string | undefined): number {
  if (!/^[+-]?\d+$/.test(a ?? '') || !/^[+-]?\d+$/.test(b ?? '')) return 0;
  const difference = BigInt((a ?? '').replace('+', '')) - BigInt((b ?? '').replace('+', ''));
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function print({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0] ?? ''}`;
  }
}
