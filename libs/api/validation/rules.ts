import { invalid, required, type FieldError } from '#lib/api/field-error';

/** One complaint per message that a grammar of names.ts or ip.ts has about the value. */
export const obeys = (field: string, value: string, grammar: (value: string) => readonly string[]): FieldError[] =>
  grammar(value).map((message) => invalid(field, value, message));

/** As `notSupported`, but the values are listed in the order given: what upstream does where it passes a list and not a set. */
export const unsupported = (field: string, value: unknown, inOrder: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  value,
  detail: `supported values: ${inOrder.map((item) => JSON.stringify(item)).join(', ')}`,
});

/** Complains when the value is absent (`Required value`) or not in the list. */
export function oneOf(field: string, value: string | undefined, inOrder: readonly string[]): FieldError[] {
  if (!value) return [required(field)];
  return inOrder.includes(value) ? [] : [unsupported(field, value, inOrder)];
}

/** The protocols of ports. */
export const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
