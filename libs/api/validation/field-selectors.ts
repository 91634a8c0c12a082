import { badRequest } from '#lib/api/errors';
import type { AnyKind, Kind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';

/** One condition: `status.phase!=Running`. */
export interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** A field selector of one kind, ready to match. Mirrors fields.Selector of apimachinery. */
export interface FieldSelector<T extends KubeObject = KubeObject> {
  readonly terms: readonly FieldTerm[];
  readonly empty: boolean;
  /** The only value that the field may have, e.g. of `metadata.name`: lets a list become a look-up. */
  exact(field: string): string | undefined;
  matches(object: T): boolean;
}

/**
 * Reads the `fieldSelector` of a query string for one kind. Throws ApiError 400 when the text cannot be read and when the
 * kind does not know a field. Mirrors fields.ParseSelector and the kind's field label conversion.
 */
export function parseFieldSelector<T extends KubeObject>(kind: Kind<T>, text: string): FieldSelector<T> {
  const terms = splitTerms(text)
    .sort()
    .filter((part) => part !== '')
    .map((part) => readTerm(text, part));
  for (const { field } of terms) refuseUnknown(kind, field);
  return {
    terms,
    empty: terms.length === 0,
    exact: (field) => terms.find((term) => term.field === field && term.equal)?.value,
    matches: (object) => terms.every(({ field, equal, value }) => (fieldOf(kind, object, field) === value) === equal),
  };
}

/** The fields by which objects of the kind can be selected. */
export const selectableFieldsOf = (kind: AnyKind): readonly string[] => [
  'metadata.name',
  'metadata.namespace',
  ...Object.keys(kind.selectableFields ?? {}),
];

function fieldOf<T extends KubeObject>(kind: Kind<T>, object: T, field: string): string {
  if (field === 'metadata.name') return object.metadata.name;
  if (field === 'metadata.namespace') return object.metadata.namespace ?? '';
  return kind.selectableFields?.[field]?.(object) ?? '';
}

/** Kinds with fields of their own answer with another text than those that only have the two of metadata. */
function refuseUnknown(kind: AnyKind, field: string): void {
  if (field === 'metadata.name' || field === 'metadata.namespace' || Object.hasOwn(kind.selectableFields ?? {}, field)) return;
  throw badRequest(
    kind.selectableFields
      ? `field label not supported: ${field}`
      : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

/** At the commas that no backslash protects. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function readTerm(selector: string, part: string): FieldTerm {
  const at = part.search(/!=|=/);
  if (at < 0) throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
  const operator = ['!=', '=='].includes(part.slice(at, at + 2)) ? part.slice(at, at + 2) : '=';
  return { field: part.slice(0, at), equal: operator !== '!=', value: unescape(part.slice(at + operator.length)) };
}

/** `\\`, `\,` and `\=` stand for themselves; nothing else may follow a backslash, and `,` and `=` need one. */
function unescape(value: string): string {
  let text = '';
  for (let i = 0; i < value.length; i++) {
    const character = value[i] as string;
    if (character === '\\') {
      const next = value[++i] ?? '';
      if (next !== '\\' && next !== ',' && next !== '=') throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      text += next;
    } else if (character === ',' || character === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else text += character;
  }
  return text;
}
