import { nanosecondsOf } from '#lib/api/duration';
import type { Special } from '#lib/schema/types';
import type { BackWriter } from './back-writer';
import type { Members, WriteMessage } from './encode';

/** Writes the message of a type whose JSON is not an object of its fields. `schema` writes a schema of a CRD. */
export function writeSpecial(special: Special, value: unknown, to: BackWriter, schema: () => WriteMessage): void {
  if (value === null) return; // a time that is none
  switch (special) {
    case 'Time':
    case 'MicroTime':
      return writeTime(String(value), to);
    case 'Quantity':
      return to.text(1, String(value));
    case 'IntOrString':
      return writeIntOrString(value, to);
    case 'Duration':
      return to.int(1, nanosecondsOf(String(value)));
    case 'RawExtension':
    case 'FieldsV1':
    case 'JSON':
      return to.raw(1, Buffer.from(JSON.stringify(value)));
    case 'JSONSchemaPropsOrBool':
      return writeOrBool(value, to, schema);
    case 'JSONSchemaPropsOrArray':
      return writeOr(value, to, schema, (item) => nested(2, item, to, schema));
    case 'JSONSchemaPropsOrStringArray':
      return writeOr(value, to, schema, (item) => to.text(2, String(item)));
  }
}

/** Seconds and, even where there are none, nanoseconds. */
function writeTime(text: string, to: BackWriter): void {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? '';
  to.int(2, Number(fraction.padEnd(9, '0')));
  to.int(1, Math.floor(Date.parse(text) / 1000));
}

function writeIntOrString(value: unknown, to: BackWriter): void {
  const isText = typeof value === 'string';
  to.text(3, isText ? value : '');
  to.int(2, isText ? 0 : Number(value));
  to.int(1, isText ? 1 : 0);
}

function nested(number: number, value: unknown, to: BackWriter, schema: () => WriteMessage): void {
  const since = to.length;
  schema()(value as Members, to);
  to.delimit(number, since);
}

function writeOr(value: unknown, to: BackWriter, schema: () => WriteMessage, write: (item: unknown) => void): void {
  if (!Array.isArray(value)) return nested(1, value, to, schema);
  for (const item of [...(value as unknown[])].reverse()) write(item);
}

/** A schema allows what fits it. */
function writeOrBool(value: unknown, to: BackWriter, schema: () => WriteMessage): void {
  const isSchema = typeof value === 'object';
  if (isSchema) nested(2, value, to, schema);
  to.int(1, isSchema || value === true ? 1 : 0);
}
