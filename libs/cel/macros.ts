import type { Expr, MacroName } from './ast';
import { CelIssues } from './issues';

/** Functions that are not called but written out: `has`, `cel.bind`, loops. Undefined when the call is an ordinary one. */
export function expandGlobal(source: string, name: string, args: readonly Expr[], at: number): Expr | undefined {
  if (name !== 'has' || args.length !== 1) return undefined;
  const [arg] = args as [Expr];
  if (arg.op !== 'select' || arg.optional) throw new CelIssues(source, [{ offset: at, message: 'invalid argument to has() macro' }]);
  return { ...arg, test: true };
}

/** Maps: a function may be called `toString`. */
const ONE = new Map<string, MacroName>(
  Object.entries({ all: 'all', exists: 'exists', exists_one: 'exists_one', existsOne: 'exists_one', map: 'map', filter: 'filter' }),
);
const TWO = new Map<string, MacroName>(
  Object.entries({
    all: 'all',
    exists: 'exists',
    existsOne: 'exists_one',
    transformList: 'transformList',
    transformMap: 'transformMap',
    transformMapEntry: 'transformMapEntry',
  }),
);

/** As `expandGlobal`, for calls on something. */
export function expandMember(source: string, target: Expr, name: string, args: readonly Expr[], at: number): Expr | undefined {
  if (target.op === 'ident' && target.name === 'cel' && name === 'bind' && args.length === 3) {
    const [variable, value, body] = args as [Expr, Expr, Expr];
    return { op: 'bind', kind: 'bind', variable: nameOf(source, variable), value, body, at };
  }
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const [variable, body] = args as [Expr, Expr];
    return { op: 'bind', kind: name, variable: nameOf(source, variable), value: target, body, at };
  }
  const one = ONE.get(name);
  if (one && (args.length === 2 || (one === 'map' && args.length === 3))) {
    const [variable, first, second] = args as [Expr, Expr, Expr | undefined];
    const parts = second ? { where: first, body: second } : { where: undefined, body: first };
    return { op: 'macro', macro: one, range: target, variables: [nameOf(source, variable)], ...parts, at };
  }
  const two = TWO.get(name);
  if (!two || (args.length !== 3 && !(args.length === 4 && two.startsWith('transform')))) return undefined;
  const [first, second, third, fourth] = args as [Expr, Expr, Expr, Expr | undefined];
  const parts = fourth ? { where: third, body: fourth } : { where: undefined, body: third };
  return { op: 'macro', macro: two, range: target, variables: [nameOf(source, first), nameOf(source, second)], ...parts, at };
}

function nameOf(source: string, expr: Expr): string {
  if (expr.op === 'ident') return expr.name;
  throw new CelIssues(source, [{ offset: expr.at, message: 'argument must be a simple name' }]);
}
