import { parseDuration, parseTimestamp } from './time-values';
import type { CelType } from './types';
import { Double, isMap, type MapValue } from './values';

export type Adapt = (value: unknown) => unknown;

/** Turns JSON into a value of the type where the two differ; undefined where JSON is the value. */
export function adapterOf(type: CelType): Adapt | undefined {
  switch (type.kind) {
    case 'double':
      return (value) => (typeof value === 'number' ? new Double(value) : value);
    case 'dyn':
      return (value) => (typeof value === 'number' && !Number.isInteger(value) ? new Double(value) : value);
    case 'timestamp':
      return (value) => (typeof value === 'string' ? parseTimestamp(value) : value);
    case 'duration':
      return (value) => (typeof value === 'string' ? parseDuration(value) : value);
    case 'bytes':
      return (value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : value);
    case 'list': {
      const adapt = deep(type.elem);
      return adapt && ((value) => (Array.isArray(value) ? value.map(adapt) : value));
    }
    case 'map': {
      const adapt = deep(type.value);
      return adapt && ((value) => (isMap(value) && !(value instanceof Map) ? adaptMap(value, adapt) : value));
    }
    default:
      return undefined;
  }
}

/** Members of dyn are adapted when they are reached. */
const deep = (type: CelType): Adapt | undefined => (type.kind === 'dyn' ? undefined : adapterOf(type));

const adaptMap = (map: MapValue, adapt: Adapt): unknown =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, adapt(value)]));
