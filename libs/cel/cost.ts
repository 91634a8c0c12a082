import type { BindExpr, Expr, MacroExpr } from './ast';
import type { Note, Notes } from './check';
import { add, fixed, times, union, UNKNOWN_SIZE, type CallEstimate, type Overload, type Range } from './declarations';
import { DYN, type CelType } from './types';

/** What an expression costs at least and at most; `size` is that of its value, where it has one. */
export interface Estimate {
  readonly cost: Range;
  readonly size?: Range;
}

/** What a function makes of parts of a request is taken to be no larger than a request may be. */
const LARGEST = 3 * 1024 * 1024;

const NOTHING = fixed(0);
const ONE = fixed(1);

/** Estimates a checked expression. Sizes come from `max` of the types. Mirrors cel-go/checker/cost.go. */
export function estimateOf(expr: Expr, notes: Notes): Estimate {
  const estimator = new Estimator(notes);
  return { cost: estimator.cost(expr), size: estimator.size(expr) };
}

class Estimator {
  private readonly sizes = new Map<Expr, Range>();

  constructor(private readonly notes: Notes) {}

  /** Of strings and bytes the length, of lists and maps the number of items, 1 of what has no size. */
  size(expr: Expr): Range {
    const computed = this.sizes.get(expr);
    if (computed) return computed;
    if (expr.op === 'literal') return fixed(typeof expr.value === 'string' || expr.value instanceof Uint8Array ? expr.value.length : 1);
    if (expr.op === 'list') return fixed(expr.items.length);
    if (expr.op === 'map') return fixed(expr.entries.length);
    const size = sizeOfType(this.typeOf(expr));
    return expr.op === 'call' && size.max === Infinity ? { min: 0, max: LARGEST } : size;
  }

  cost(expr: Expr): Range {
    switch (expr.op) {
      case 'literal':
        return NOTHING;
      case 'ident':
        return ONE;
      case 'select':
        return expr.test ? this.cost(expr.operand) : add(this.cost(expr.operand), isSelectable(this.typeOf(expr.operand)) ? ONE : NOTHING);
      case 'call':
        return this.call(expr);
      case 'list':
        return add(this.sum(expr.items), fixed(10));
      case 'map':
        return add(this.sum(expr.entries.flatMap(({ key, value }) => [key, value])), fixed(30));
      case 'struct':
        return add(this.sum(expr.fields.map(({ value }) => value)), fixed(40));
      case 'macro':
        return this.macro(expr);
      case 'bind':
        return this.bind(expr);
    }
  }

  private typeOf(expr: Expr): CelType {
    return this.notes.get(expr)?.type ?? DYN;
  }

  private sum(exprs: readonly Expr[]): Range {
    return exprs.reduce((total, expr) => add(total, this.cost(expr)), NOTHING);
  }

  private call(expr: Expr & { op: 'call' }): Range {
    const { args = [], overloads = [] } = this.notes.get(expr) as Note;
    const costs = args.map((arg) => this.cost(arg));
    const [first = NOTHING, second = NOTHING, third = NOTHING] = costs;
    if (expr.name === '_&&_' || expr.name === '_||_') return { min: first.min, max: first.max + second.max };
    const sizes = args.map((arg) => this.size(arg));
    if (expr.name === '_?_:_') {
      this.sizes.set(expr, union(sizes[1] as Range, sizes[2] as Range));
      return add(first, union(second, third));
    }
    const estimates = overloads.map((overload) => estimateCall(overload, sizes));
    const known = estimates.flatMap(({ size }) => (size ? [size] : []));
    if (known.length > 0) this.sizes.set(expr, known.reduce(union));
    return add(costs.reduce(add, NOTHING), estimates.length === 0 ? NOTHING : estimates.map(({ cost }) => cost).reduce(union));
  }

  /** As the comprehension that cel-go makes of it: the costs of one round times the size of what is gone through. */
  private macro(expr: MacroExpr): Range {
    const range = this.cost(expr.range);
    const count = this.size(expr.range);
    const body = this.cost(expr.body);
    const guarded = (make: Range): Range => (expr.where ? add(this.cost(expr.where), union(make, ONE)) : make);
    switch (expr.macro) {
      case 'all':
      case 'exists': {
        // the accumulator's name comes first: where it settles the matter, the body is not looked at
        const round = add({ min: 1, max: 1 + body.max }, fixed(expr.macro === 'all' ? 2 : 3));
        return add(add(range, ONE), times(count, round));
      }
      case 'exists_one':
        return add(add(range, fixed(2)), times(count, add(body, { min: 1, max: 2 })));
      case 'filter':
        this.sizes.set(expr, { min: 0, max: count.max });
        return add(add(range, fixed(11)), times(count, add(body, { min: 1, max: 13 })));
      default:
        this.sizes.set(expr, expr.where ? { min: 0, max: count.max } : count);
        return add(add(range, fixed(11)), times(count, guarded(add(body, fixed(12)))));
    }
  }

  private bind(expr: BindExpr): Range {
    const value = this.cost(expr.value);
    const body = this.cost(expr.body);
    this.sizes.set(expr, this.size(expr.body));
    return add(add(value, body), fixed(expr.kind === 'bind' ? 10 : 1));
  }
}

function estimateCall(overload: Overload, sizes: readonly Range[]): CallEstimate {
  if (overload.estimate) return overload.estimate(...sizes);
  return { cost: ONE };
}

const isSelectable = ({ kind }: CelType): boolean =>
  kind === 'map' || kind === 'object' || kind === 'param' || kind === 'dyn' || kind === 'opaque';

function sizeOfType(type: CelType): Range {
  switch (type.kind) {
    case 'string':
    case 'bytes':
    case 'list':
    case 'map':
      return type.max === undefined ? UNKNOWN_SIZE : { min: 0, max: type.max };
    case 'dyn':
    case 'object':
    case 'opaque':
    case 'param':
      return 'max' in type && typeof type.max === 'number' ? { min: 0, max: type.max } : UNKNOWN_SIZE;
    default:
      return ONE;
  }
}
