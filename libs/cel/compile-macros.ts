import type { BindExpr, MacroExpr } from './ast';
import { adapterOf, type Adapt } from './adapt';
import type { Compiler } from './compile';
import type { Frame, Step } from './frame';
import { CelError } from './issues';
import { DYN, type CelType } from './types';
import { isMap, mapEntries, mapOf, Optional } from './values';

/** The parts of a loop, compiled. */
interface Loop {
  readonly range: Step;
  readonly where: Step | undefined;
  readonly body: Step;
  /** Puts what one round is about into the slots. */
  bind(frame: Frame, key: unknown, item: unknown, isList: boolean): void;
  /** What a round of `filter` keeps. */
  subject(key: unknown, item: unknown, isList: boolean): unknown;
}

/**
 * Loops cost what cel-go's comprehensions do, of which they are special forms: of each round its test of the accumulator and
 * the accumulator's name, at the end the name again; `map` and `filter` make a list of one item in each round.
 */
export function compileMacro(compiler: Compiler, expr: MacroExpr): Step {
  const loop = loopOf(compiler, expr);
  switch (expr.macro) {
    case 'all':
      return quantifier(loop, false, 2);
    case 'exists':
      return quantifier(loop, true, 3);
    case 'exists_one':
      return exactlyOne(loop);
    case 'map':
    case 'transformList':
      return collect(loop, (frame) => loop.body(frame));
    case 'filter':
      return filter(loop);
    case 'transformMap':
      return (frame) => mapOf(rounds(loop, frame, (key) => [key, loop.body(frame)] as const));
    case 'transformMapEntry':
      return (frame) => mapOf(rounds(loop, frame, () => entriesOf(loop.body(frame))).flat());
  }
}

function loopOf(compiler: Compiler, expr: MacroExpr): Loop {
  const range = compiler.compile(expr.range);
  const slots = expr.variables.map((name) => compiler.localSlot(expr, name));
  const [first = 0, second = 0] = slots;
  const type = compiler.typeOf(expr.range);
  const adapt: Adapt = adapterOf(itemType(type)) ?? ((value) => value);
  const isDouble = slots.length === 2;
  const subject = (key: unknown, item: unknown, isList: boolean): unknown => (isList ? adapt(item) : key);
  return {
    range,
    where: expr.where && compiler.compile(expr.where),
    body: compiler.compile(expr.body),
    subject,
    bind(frame, key, item, isList) {
      if (isDouble) {
        frame.slots[first] = key;
        frame.slots[second] = adapt(item);
      } else frame.slots[first] = subject(key, item, isList);
    },
  };
}

const itemType = (type: CelType): CelType => (type.kind === 'list' ? type.elem : type.kind === 'map' ? type.value : DYN);

/** Visits the items of a list with their indexes, or the values of a map with their keys. The visitor ends it with true. */
function each(value: unknown, visit: (key: unknown, item: unknown, isList: boolean) => boolean | void): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (visit(i, value[i], true)) return;
    return;
  }
  if (!isMap(value)) throw new CelError('no such overload');
  for (const [key, item] of mapEntries(value)) if (visit(key, item, false)) return;
}

function quantifier(loop: Loop, decisive: boolean, roundCost: number): Step {
  return (frame) => {
    let problem: CelError | undefined;
    let isDecided = false;
    each(loop.range(frame), (key, item, isList) => {
      frame.spend(roundCost);
      loop.bind(frame, key, item, isList);
      try {
        const value = loop.body(frame);
        if (value === decisive) isDecided = true;
        else if (value !== !decisive) problem ??= new CelError('no such overload');
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        problem ??= error;
      }
      return isDecided;
    });
    frame.spend(1);
    if (isDecided) return decisive;
    if (problem) throw problem;
    return !decisive;
  };
}

function exactlyOne(loop: Loop): Step {
  return (frame) => {
    let count = 0;
    each(loop.range(frame), (key, item, isList) => {
      loop.bind(frame, key, item, isList);
      const isHit = truth(loop.body(frame));
      frame.spend(isHit ? 2 : 1);
      if (isHit) count++;
    });
    frame.spend(2);
    return count === 1;
  };
}

const collect =
  (loop: Loop, make: (frame: Frame) => unknown): Step =>
  (frame) =>
    rounds(loop, frame, () => make(frame));

const filter =
  (loop: Loop): Step =>
  (frame) => {
    const out: unknown[] = [];
    each(loop.range(frame), (key, item, isList) => {
      loop.bind(frame, key, item, isList);
      const isKept = truth(loop.body(frame));
      frame.spend(isKept ? 13 : 1);
      if (isKept) out.push(loop.subject(key, item, isList));
    });
    frame.spend(11);
    return out;
  };

/** What every round that passes the condition makes. */
function rounds<T>(loop: Loop, frame: Frame, make: (key: unknown) => T): T[] {
  const out: T[] = [];
  each(loop.range(frame), (key, item, isList) => {
    loop.bind(frame, key, item, isList);
    if (loop.where && !truth(loop.where(frame))) {
      frame.spend(1);
      return;
    }
    out.push(make(key));
    frame.spend(12);
  });
  frame.spend(11);
  return out;
}

const entriesOf = (value: unknown): readonly (readonly [unknown, unknown])[] => {
  if (!isMap(value)) throw new CelError('no such overload');
  return mapEntries(value);
};

function truth(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new CelError('no such overload');
  return value;
}

/** `cel.bind`, `optMap` and `optFlatMap`. A value that cannot be worked out only matters where it is used. */
export function compileBind(compiler: Compiler, expr: BindExpr): Step {
  const value = compiler.compile(expr.value);
  const slot = compiler.localSlot(expr, expr.variable);
  const body = compiler.compile(expr.body);
  if (expr.kind === 'bind') {
    return (frame) => {
      frame.slots[slot] = outcome(value, frame);
      frame.spend(10);
      return body(frame);
    };
  }
  return (frame) => {
    const optional = value(frame);
    if (!(optional instanceof Optional)) throw new CelError('no such overload');
    if (!optional.present) return Optional.none;
    frame.slots[slot] = optional.content;
    const made = body(frame);
    return expr.kind === 'optMap' ? Optional.of(made) : made;
  };
}

function outcome(step: Step, frame: Frame): unknown {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}
