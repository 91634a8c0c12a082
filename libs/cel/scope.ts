import type { Expr } from './ast';
import type { CelType } from './types';

/** A name that a macro binds. `binder` is the macro: the compiler keeps the value in its slot. */
export interface Local {
  readonly name: string;
  readonly type: CelType;
  readonly binder: Expr;
}

/** The names that macros around a node bind; inner ones hide outer ones. */
export class Scope {
  static readonly root = new Scope(undefined, []);

  private constructor(
    private readonly outer: Scope | undefined,
    private readonly locals: readonly Local[],
  ) {}

  with(...locals: Local[]): Scope {
    return new Scope(this, locals);
  }

  find(name: string): Local | undefined {
    return this.locals.find((local) => local.name === name) ?? this.outer?.find(name);
  }
}
