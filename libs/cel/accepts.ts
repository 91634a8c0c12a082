import type { CelType } from './types';
import { Double, Duration, isInt, isMap, Optional, Timestamp, typeNameOf, TypeValue, UnsignedInt } from './values';

/** Whether a value is of a type: how the overload of a call with dyn arguments is chosen. */
export function accepts(type: CelType, value: unknown): boolean {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return isInt(value);
    case 'uint':
      return value instanceof UnsignedInt;
    case 'double':
      return value instanceof Double || (typeof value === 'number' && !Number.isInteger(value));
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'null':
      return value === null;
    case 'timestamp':
      return value instanceof Timestamp;
    case 'duration':
      return value instanceof Duration;
    case 'list':
      return Array.isArray(value) && (value.length === 0 || accepts(type.elem, value[0]));
    case 'map':
    case 'object':
      return isMap(value);
    case 'opaque':
      return type.name === 'optional_type' ? value instanceof Optional : typeNameOf(value) === type.name;
    case 'type':
      return value instanceof TypeValue;
    default:
      return true;
  }
}
