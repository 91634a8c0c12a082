import type { UnsignedInt } from './values';

/** A node of a parsed expression. `at` is where cel-go would point: at the operator, the parenthesis of a call, the dot of a selection. */
export type Expr =
  | { readonly op: 'literal'; readonly value: Literal; readonly at: number }
  | { readonly op: 'ident'; readonly name: string; readonly at: number }
  | {
      readonly op: 'select';
      readonly operand: Expr;
      readonly field: string;
      readonly test: boolean;
      readonly optional: boolean;
      readonly at: number;
    }
  | { readonly op: 'call'; readonly name: string; readonly target: Expr | undefined; readonly args: readonly Expr[]; readonly at: number }
  | { readonly op: 'list'; readonly items: readonly Expr[]; readonly optional: ReadonlySet<number>; readonly at: number }
  | { readonly op: 'map'; readonly entries: readonly Entry[]; readonly at: number }
  | { readonly op: 'struct'; readonly type: string; readonly fields: readonly StructField[]; readonly at: number }
  | MacroExpr
  | BindExpr;

/** A value that an expression spells out. */
export type Literal = null | boolean | number | bigint | string | Uint8Array | UnsignedInt | import('./values').Double;

/** One entry of `{key: value}`. */
export interface Entry {
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
  readonly at: number;
}

/** One field of `Name{field: value}`. */
export interface StructField {
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
  readonly at: number;
}

/** The loops. */
export type MacroName = 'all' | 'exists' | 'exists_one' | 'map' | 'filter' | 'transformList' | 'transformMap' | 'transformMapEntry';

/** A loop over a list or the keys of a map; with two variables over indexes and items, or keys and values. */
export interface MacroExpr {
  readonly op: 'macro';
  readonly macro: MacroName;
  readonly range: Expr;
  readonly variables: readonly string[];
  /** A condition that comes before `body`; of `map` with three arguments and the transforms. */
  readonly where: Expr | undefined;
  readonly body: Expr;
  readonly at: number;
}

/** `cel.bind(x, value, body)`, and `optMap`/`optFlatMap` on an optional, where `value` is the optional. */
export interface BindExpr {
  readonly op: 'bind';
  readonly kind: 'bind' | 'optMap' | 'optFlatMap';
  readonly variable: string;
  readonly value: Expr;
  readonly body: Expr;
  readonly at: number;
}
