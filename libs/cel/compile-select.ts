import type { Expr } from './ast';
import { adapterOf } from './adapt';
import type { Compiler } from './compile';
import type { Frame, Step } from './frame';
import { CelError } from './issues';
import { DYN, type CelType } from './types';
import { Double, isInt, isMap, mapGet, Optional, type MapValue } from './values';

/** `a.b`, `a.?b` and `has(a.b)`. A presence test costs nothing, as Kubernetes has it. */
export function compileSelect(compiler: Compiler, expr: Expr & { op: 'select' }): Step {
  const operand = compiler.compile(expr.operand);
  const operandType = compiler.typeOf(expr.operand);
  const field = operandType.kind === 'object' ? operandType.fields.get(expr.field) : undefined;
  const name = field?.property ?? expr.field;
  const read = reader(name, field?.type ?? memberType(operandType));
  if (expr.test) return (frame) => presence(operand(frame), read);
  if (expr.optional || isOptional(operandType)) {
    return (frame) => {
      const value = contentOf(operand(frame));
      frame.spend(1);
      const member = value === undefined ? undefined : read(value);
      return member === undefined ? Optional.none : Optional.of(member);
    };
  }
  const missing = `no such key: ${name}`;
  return (frame) => {
    const value = operand(frame);
    frame.spend(1);
    if (value instanceof Optional) return selectOptional(value, read);
    const member = read(value);
    if (member === undefined) throw new CelError(missing);
    return member;
  };
}

const isOptional = (type: CelType): boolean => type.kind === 'opaque' && type.name === 'optional_type';

const memberType = (type: CelType): CelType => (type.kind === 'map' ? type.value : DYN);

function selectOptional(value: Optional, read: (value: unknown) => unknown): Optional {
  const member = value.present ? read(value.content) : undefined;
  return member === undefined ? Optional.none : Optional.of(member);
}

function presence(value: unknown, read: (value: unknown) => unknown): boolean {
  const content = contentOf(value);
  return content !== undefined && read(content) !== undefined;
}

/** What an optional holds; undefined when it holds nothing. */
const contentOf = (value: unknown): unknown => (value instanceof Optional ? (value.present ? value.content : undefined) : value);

/** Reads one member of a map or object; undefined when it has none. @throws CelError when the value has no members. */
function reader(name: string, type: CelType): (value: unknown) => unknown {
  const adapt = adapterOf(type);
  const isInherited = name in {}; // `constructor` and the like are members only when they are own ones
  const read = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CelError('no such overload');
    if (value.constructor !== Object || isInherited) return isMap(value) ? mapGet(value, name) : noMembers();
    return (value as Record<string, unknown>)[name];
  };
  if (!adapt) return read;
  return (value) => {
    const member = read(value);
    return member === undefined ? undefined : adapt(member);
  };
}

function noMembers(): never {
  throw new CelError('no such overload');
}

/** `a[i]` and `a[?i]`. */
export function compileIndex(compiler: Compiler, [collection, index]: [Expr, Expr], isOptionalIndex: boolean): Step {
  const [from, at] = [compiler.compile(collection), compiler.compile(index)];
  const type = compiler.typeOf(collection);
  const content = isOptional(type) ? ((type as { params: readonly CelType[] }).params[0] as CelType) : type;
  const adapt = adapterOf(content.kind === 'list' ? content.elem : memberType(content));
  const adapted = (value: unknown): unknown => (adapt && value !== undefined ? adapt(value) : value);
  if (isOptionalIndex || isOptional(type)) {
    return (frame) => {
      const [value, key] = operands(frame, from, at);
      const member = contentOf(value) === undefined ? undefined : adapted(member0(contentOf(value), key));
      return member === undefined ? Optional.none : Optional.of(member);
    };
  }
  return (frame) => {
    const [value, key] = operands(frame, from, at);
    const member = adapted(member0(value, key));
    if (member !== undefined) return member;
    throw new CelError(Array.isArray(value) ? `index out of bounds: ${shown(key)}` : `no such key: ${shown(key)}`);
  };
}

function operands(frame: Frame, from: Step, at: Step): [unknown, unknown] {
  const value = from(frame);
  const key = at(frame);
  frame.spend(1);
  return [value, key];
}

const shown = (key: unknown): string => String(key instanceof Double ? key.value : key);

function member0(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const index = key instanceof Double && Number.isInteger(key.value) ? key.value : key;
    if (!isInt(index)) throw new CelError(`unsupported index type '${typeof key}' in list`);
    return value[Number(index)];
  }
  if (!isMap(value)) throw new CelError('no such overload');
  return mapGet(value as MapValue, key);
}
