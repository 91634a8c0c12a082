import type { BindExpr, MacroExpr } from './ast';
import type { Checker } from './check';
import type { Scope } from './scope';
import { BOOL, DYN, ERROR, INT, listType, mapType, optionalType, type CelType } from './types';

/** The type of a loop. */
export function checkMacro(checker: Checker, expr: MacroExpr, scope: Scope): CelType {
  const range = checker.resolved(checker.type(expr.range, scope));
  const { key, item } = partsOf(checker, range, expr);
  const isDouble = expr.variables.length === 2;
  const types = isDouble ? [key, item] : [range.kind === 'map' ? key : item];
  const inner = scope.with(...expr.variables.map((name, i) => ({ name, type: types[i] as CelType, binder: expr })));
  if (expr.where) checker.expect(expr.where.at, BOOL, checker.type(expr.where, inner));
  const body = checker.type(expr.body, inner);
  switch (expr.macro) {
    case 'all':
    case 'exists':
    case 'exists_one':
      checker.expect(expr.body.at, BOOL, body);
      return BOOL;
    case 'filter':
      checker.expect(expr.body.at, BOOL, body);
      return listType(types[0] as CelType, sizeLimit(range));
    case 'map':
    case 'transformList':
      return listType(body, sizeLimit(range));
    case 'transformMap':
      return mapType(key, body, sizeLimit(range));
    case 'transformMapEntry': {
      const entry = checker.resolved(body);
      return entry.kind === 'map' ? mapType(entry.key, entry.value) : mapType(DYN, DYN);
    }
  }
}

const sizeLimit = (type: CelType): number | undefined => (type.kind === 'list' || type.kind === 'map' ? type.max : undefined);

function partsOf(checker: Checker, range: CelType, expr: MacroExpr): { key: CelType; item: CelType } {
  switch (range.kind) {
    case 'list':
      return { key: INT, item: range.elem };
    case 'map':
      return { key: range.key, item: range.value };
    case 'dyn':
    case 'param':
      return { key: DYN, item: DYN };
    case 'error':
      return { key: ERROR, item: ERROR };
    default:
      checker.complain(
        expr.range.at,
        `expression of type '${checker.text(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
      return { key: ERROR, item: ERROR };
  }
}

/** The type of a name for a value. */
export function checkBind(checker: Checker, expr: BindExpr, scope: Scope): CelType {
  const value = checker.resolved(checker.type(expr.value, scope));
  const content = expr.kind === 'bind' ? value : contentOf(checker, value, expr);
  const body = checker.type(expr.body, scope.with({ name: expr.variable, type: content, binder: expr }));
  return expr.kind === 'optMap' ? optionalType(body) : body;
}

function contentOf(checker: Checker, value: CelType, expr: BindExpr): CelType {
  if (value.kind === 'opaque' && value.name === 'optional_type') return value.params[0] as CelType;
  if (value.kind === 'dyn' || value.kind === 'error') return value;
  return checker.complain(expr.at, `found no matching overload for '${expr.kind}' applied to '${checker.text(value)}'`);
}
