import type { Expr, StructField } from './ast';
import { accepts } from './accepts';
import { adapterOf } from './adapt';
import type { Note, Notes } from './check';
import { compileBind, compileMacro } from './compile-macros';
import { compileIndex, compileSelect } from './compile-select';
import type { Overload } from './declarations';
import type { Step } from './frame';
import { CelError } from './issues';
import { DYN, isNullable, type CelType, type ListType } from './types';
import { equal, isMap, mapGet, mapOf, Optional, sizeOf, TypeValue } from './values';
import { unorderedEqual } from './unordered';

/** Turns a checked expression into closures, one per node. Costs are those of cel-go's runtime. */
export class Compiler {
  private readonly slotOf = new Map<string, number>();
  private readonly ids = new Map<Expr, number>();
  private known: readonly { readonly name: string; readonly slot: number }[] | undefined;

  constructor(
    private readonly notes: Notes,
    private readonly variables: ReadonlyMap<string, CelType>,
  ) {}

  /** How many slots a frame needs. */
  get slots(): number {
    return this.slotOf.size;
  }

  /** The variables that are looked at. Complete once everything is compiled. */
  get used(): readonly { readonly name: string; readonly slot: number }[] {
    return (this.known ??= [...this.slotOf].flatMap(([name, slot]) => (name.includes('/') ? [] : [{ name, slot }])));
  }

  typeOf(expr: Expr): CelType {
    return this.notes.get(expr)?.type ?? DYN;
  }

  /** The slot of what a macro binds. */
  localSlot(binder: Expr, variable: string): number {
    return this.slot(`${this.idOf(binder)}/${variable}`);
  }

  compile(expr: Expr): Step {
    switch (expr.op) {
      case 'literal': {
        const { value } = expr;
        return () => value;
      }
      case 'ident':
        return this.ident(expr);
      case 'select':
        return compileSelect(this, expr);
      case 'call':
        return this.call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return this.struct(expr.fields);
      case 'macro':
        return compileMacro(this, expr);
      case 'bind':
        return compileBind(this, expr);
    }
  }

  private idOf(binder: Expr): number {
    let id = this.ids.get(binder);
    if (id === undefined) this.ids.set(binder, (id = this.ids.size));
    return id;
  }

  private slot(key: string): number {
    let slot = this.slotOf.get(key);
    if (slot === undefined) this.slotOf.set(key, (slot = this.slotOf.size));
    return slot;
  }

  private ident(expr: Expr & { op: 'ident' }): Step {
    const note = this.notes.get(expr) as Note;
    if (note.typeName !== undefined) {
      const value = new TypeValue(note.typeName);
      return () => value;
    }
    if (note.local) {
      const slot = this.localSlot(note.local, expr.name);
      return (frame) => {
        frame.spend(1);
        const value = frame.slots[slot];
        if (value instanceof CelError) throw value; // what cel.bind named could not be worked out
        return value;
      };
    }
    const slot = this.slot(expr.name);
    const missing = `no such attribute(s): ${expr.name}`;
    const adapt = adapterOf(this.variables.get(expr.name) ?? DYN);
    return (frame) => {
      frame.spend(1);
      const value = frame.slots[slot];
      if (value === undefined) throw new CelError(missing);
      return adapt ? adapt(value) : value;
    };
  }

  private call(expr: Expr & { op: 'call' }): Step {
    const { args = [], overloads = [] } = this.notes.get(expr) as Note;
    switch (expr.name) {
      case '_&&_':
        return logic(this.compile(args[0] as Expr), this.compile(args[1] as Expr), false);
      case '_||_':
        return logic(this.compile(args[0] as Expr), this.compile(args[1] as Expr), true);
      case '_?_:_':
        return conditional(...(args.map((arg) => this.compile(arg)) as [Step, Step, Step]));
      case '_==_':
      case '_!=_':
        return this.equality(args as [Expr, Expr], expr.name === '_==_');
      case '_[_]':
      case '_[?_]':
        return compileIndex(this, args as [Expr, Expr], expr.name === '_[?_]');
      case '@in':
        return this.membership(args as [Expr, Expr]);
      default:
        return applied(
          expr.name,
          overloads,
          args.map((arg) => this.compile(arg)),
          args.some((arg) => isOpen(this.typeOf(arg))),
        );
    }
  }

  private equality([left, right]: [Expr, Expr], wanted: boolean): Step {
    const [a, b] = [this.compile(left), this.compile(right)];
    const type = [left, right]
      .map((each) => this.typeOf(each))
      .find((each): each is ListType => each.kind === 'list' && each.listType !== undefined);
    const same = type ? unorderedEqual(type) : equal;
    return (frame) => {
      const [x, y] = [a(frame), b(frame)];
      frame.spend(Math.ceil(Math.min(sizeOf(x), sizeOf(y)) * 0.1));
      return same(x, y) === wanted;
    };
  }

  private membership([item, collection]: [Expr, Expr]): Step {
    const wanted = this.compile(item);
    if (collection.op === 'list' && collection.items.every(isText)) {
      const texts = new Set(collection.items.map((each) => (each as { value: unknown }).value));
      return (frame) => texts.has(wanted(frame));
    }
    const inside = this.compile(collection);
    return (frame) => {
      const [value, where] = [wanted(frame), inside(frame)];
      if (Array.isArray(where)) {
        frame.spend(where.length);
        return where.some((each) => equal(each, value));
      }
      frame.spend(1);
      if (!isMap(where)) throw new CelError('no such overload');
      return mapGet(where, value) !== undefined;
    };
  }

  private list(expr: Expr & { op: 'list' }): Step {
    if (expr.optional.size === 0 && expr.items.every(({ op }) => op === 'literal')) {
      const value = expr.items.map((item) => (item as { value: unknown }).value);
      return () => value;
    }
    const items = expr.items.map((item) => this.compile(item));
    return (frame) => {
      const out: unknown[] = [];
      items.forEach((item, i) => {
        const value = item(frame);
        if (!expr.optional.has(i)) out.push(value);
        else if (value instanceof Optional && value.present) out.push(value.content);
      });
      frame.spend(10);
      return out;
    };
  }

  private map(expr: Expr & { op: 'map' }): Step {
    const entries = expr.entries.map(({ key, value, optional }) => ({ key: this.compile(key), value: this.compile(value), optional }));
    return (frame) => {
      const out: [unknown, unknown][] = [];
      for (const entry of entries) {
        const [key, value] = [entry.key(frame), entry.value(frame)];
        if (!entry.optional) out.push([key, value]);
        else if (value instanceof Optional && value.present) out.push([key, value.content]);
      }
      frame.spend(30);
      return mapOf(out);
    };
  }

  private struct(fields: readonly StructField[]): Step {
    const steps = fields.map(({ name, value, optional }) => ({ name, optional, value: this.compile(value) }));
    return (frame) => {
      const out: Record<string, unknown> = {};
      for (const { name, value, optional } of steps) {
        const given = value(frame);
        if (!optional) out[name] = given;
        else if (given instanceof Optional && given.present) out[name] = given.content;
      }
      frame.spend(40);
      return out;
    };
  }
}

const isText = (expr: Expr): boolean => expr.op === 'literal' && typeof expr.value === 'string';

/** True for types whose values may be anything. */
const isOpen = (type: CelType): boolean =>
  type.kind === 'dyn' ||
  (type.kind === 'list' && isOpen(type.elem)) ||
  (type.kind === 'map' && isOpen(type.value)) ||
  (type.kind === 'opaque' && type.params.some(isOpen));

/** `decisive` is the value that settles it: the other side may then even fail. */
function logic(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    let problem: CelError | undefined;
    try {
      const value = left(frame);
      if (value === decisive) return decisive;
      if (value !== !decisive) problem = new CelError('no such overload');
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      problem = error;
    }
    const value = right(frame);
    if (value === decisive) return decisive;
    if (problem) throw problem;
    if (value !== !decisive) throw new CelError('no such overload');
    return !decisive;
  };
}

const conditional =
  (condition: Step, yes: Step, no: Step): Step =>
  (frame) => {
    const value = condition(frame);
    if (value === true) return yes(frame);
    if (value === false) return no(frame);
    throw new CelError('no such overload');
  };

/** The call of a function whose overload is known, or is chosen by the values. */
function applied(name: string, overloads: readonly Overload[], args: readonly Step[], isDynamic: boolean): Step {
  const [only] = overloads as [Overload];
  if (overloads.length === 1 && !isDynamic)
    return direct(
      only,
      args.map((arg, i) => (isNullable(only.params[i] ?? DYN) ? neverNull(name, arg) : arg)),
    );
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    const chosen = overloads.find(({ params }) => params.every((param, i) => accepts(param, values[i])));
    if (!chosen) throw new CelError(`no such overload: ${name}`);
    const result = (chosen.call as (...args: unknown[]) => unknown)(...values);
    frame.spend(chosen.cost ? (chosen.cost as (...args: unknown[]) => number)(...values, result) : 1);
    return result;
  };
}

/** Where the checker lets null pass for a duration, say, no function takes it. */
const neverNull =
  (name: string, arg: Step): Step =>
  (frame) => {
    const value = arg(frame);
    if (value === null) throw new CelError(`no such overload: ${name}`);
    return value;
  };

function direct(overload: Overload, args: readonly Step[]): Step {
  const call = overload.call as (...args: unknown[]) => unknown;
  const cost = overload.cost as ((...args: unknown[]) => number) | undefined;
  const [first, second] = args;
  if (first && args.length === 1) {
    return (frame) => {
      const a = first(frame);
      const result = call(a);
      frame.spend(cost ? cost(a, result) : 1);
      return result;
    };
  }
  if (first && second && args.length === 2) {
    return (frame) => {
      const [a, b] = [first(frame), second(frame)];
      const result = call(a, b);
      frame.spend(cost ? cost(a, b, result) : 1);
      return result;
    };
  }
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    const result = call(...values);
    frame.spend(cost ? cost(...values, result) : 1);
    return result;
  };
}
