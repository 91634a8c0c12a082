import type { Expr } from './ast';
import type { Overload } from './declarations';
import { CelIssues, type Issue } from './issues';
import { checkMacro, checkBind } from './check-macros';
import { Scope } from './scope';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  fits,
  INT,
  listType,
  mapType,
  NULL,
  optionalType,
  paramType,
  resolve,
  settled,
  STRING,
  typeText,
  typeType,
  UINT,
  type Bindings,
  type CelType,
} from './types';
import { Double, UnsignedInt } from './values';

/** What the checker found out about a node. */
export interface Note {
  type: CelType;
  /** Of a call: those that may be meant; more than one when an argument is dyn. */
  overloads?: readonly Overload[];
  /** Of a call: its arguments with the one it is called on, unless that is only the first half of the function's name. */
  args?: readonly Expr[];
  /** Of an identifier: a name bound by a macro around it (where the binding is), or a type used as a value. */
  local?: Expr;
  typeName?: string;
}

/** Everything the checker needs to know about the world of an expression. */
export interface Declared {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  /** The type that `Name{…}` makes. */
  readonly structs?: (name: string) => CelType | undefined;
}

export type Notes = ReadonlyMap<Expr, Note>;

const TYPE_NAMES: Readonly<Record<string, CelType>> = {
  bool: BOOL,
  int: INT,
  uint: UINT,
  double: DOUBLE,
  string: STRING,
  bytes: BYTES,
  null_type: NULL,
  list: listType(DYN),
  map: mapType(DYN, DYN),
  type: typeType(DYN),
  optional_type: optionalType(DYN),
};

/** Gives every node its type. @throws CelIssues with all complaints. Mirrors cel-go/checker. */
export function check(source: string, expr: Expr, declared: Declared): Notes {
  const checker = new Checker(source, declared);
  checker.type(expr, Scope.root);
  checker.finish();
  return checker.notes;
}

/** The walk over an expression; the parts for macros are in check-macros.ts. */
export class Checker {
  readonly notes = new Map<Expr, Note>();
  readonly bindings: Bindings = new Map();
  private readonly issues: Issue[] = [];
  /** Lists that may hold values of several types: what `format` is given. */
  private readonly mixed = new Set<Expr>();
  private fresh = 0;

  constructor(
    private readonly source: string,
    private readonly declared: Declared,
  ) {}

  finish(): void {
    if (this.issues.length > 0) throw new CelIssues(this.source, this.issues);
    for (const note of this.notes.values()) note.type = settled(note.type, this.bindings);
  }

  complain(at: number, message: string): CelType {
    this.issues.push({ offset: at, message });
    return ERROR;
  }

  newParam(): CelType {
    return paramType(`_${this.fresh++}`);
  }

  resolved(type: CelType): CelType {
    return resolve(type, this.bindings);
  }

  /** Whether the type fits; what was tried in vain is forgotten. */
  fits(to: CelType, from: CelType): boolean {
    const before = [...this.bindings];
    if (fits(to, from, this.bindings)) return true;
    this.bindings.clear();
    for (const [name, type] of before) this.bindings.set(name, type);
    return false;
  }

  expect(at: number, wanted: CelType, found: CelType): void {
    if (!this.fits(wanted, found)) this.complain(at, `expected type '${this.text(wanted)}' but found '${this.text(found)}'`);
  }

  text(type: CelType): string {
    return typeText(this.resolved(type));
  }

  type(expr: Expr, scope: Scope): CelType {
    const type = this.typeOf(expr, scope);
    const note = this.notes.get(expr);
    if (note) note.type = type;
    else this.notes.set(expr, { type });
    return type;
  }

  private typeOf(expr: Expr, scope: Scope): CelType {
    switch (expr.op) {
      case 'literal':
        return literalType(expr.value);
      case 'ident':
        return this.ident(expr, scope);
      case 'select':
        return this.select(expr, scope);
      case 'call':
        return this.call(expr, scope);
      case 'list':
        return this.list(expr, scope);
      case 'map':
        return this.map(expr, scope);
      case 'struct':
        return this.struct(expr, scope);
      case 'macro':
        return checkMacro(this, expr, scope);
      case 'bind':
        return checkBind(this, expr, scope);
    }
  }

  private ident(expr: Expr & { op: 'ident' }, scope: Scope): CelType {
    const local = scope.find(expr.name);
    if (local) {
      this.notes.set(expr, { type: local.type, local: local.binder });
      return local.type;
    }
    const variable = this.declared.variables.get(expr.name);
    if (variable) return variable;
    const type = Object.hasOwn(TYPE_NAMES, expr.name) ? TYPE_NAMES[expr.name] : undefined;
    if (!type) return this.complain(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
    this.notes.set(expr, { type, typeName: expr.name });
    return typeType(type);
  }

  private select(expr: Expr & { op: 'select' }, scope: Scope): CelType {
    let operand = this.resolved(this.type(expr.operand, scope));
    const isOptional = operand.kind === 'opaque' && operand.name === 'optional_type';
    if (isOptional) operand = this.resolved((operand as { params: readonly CelType[] }).params[0] as CelType);
    const field = this.fieldType(expr, operand);
    if (expr.test) return BOOL;
    return isOptional || expr.optional ? optionalType(field) : field;
  }

  private fieldType(expr: Expr & { op: 'select' }, operand: CelType): CelType {
    switch (operand.kind) {
      case 'error':
      case 'dyn':
      case 'param':
        return operand.kind === 'error' ? ERROR : DYN;
      case 'map':
        this.expect(expr.at, operand.key, STRING);
        return operand.value;
      case 'object':
        return operand.fields.get(expr.field)?.type ?? this.complain(expr.at, `undefined field '${expr.field}'`);
      default:
        return this.complain(expr.at, `type '${this.text(operand)}' does not support field selection`);
    }
  }

  private call(expr: Expr & { op: 'call' }, scope: Scope): CelType {
    const qualified = expr.target && qualifiedName(expr.target, scope, this.declared);
    const spaced = qualified === undefined ? undefined : this.declared.functions.get(`${qualified}.${expr.name}`);
    const isMember = expr.target !== undefined && !spaced;
    const args = isMember ? [expr.target as Expr, ...expr.args] : expr.args;
    if (isMember && expr.name === 'format') for (const arg of expr.args) this.mixed.add(arg);
    const types = args.map((arg) => this.type(arg, scope));
    const declared = spaced ?? this.declared.functions.get(expr.name);
    const note: Note = { type: ERROR, args };
    this.notes.set(expr, note);
    if (!declared) return this.complain(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
    return this.overloads(
      expr,
      note,
      declared.filter(({ member }) => member === isMember),
      types,
      isMember,
    );
  }

  private overloads(
    expr: Expr & { op: 'call' },
    note: Note,
    candidates: readonly Overload[],
    types: readonly CelType[],
    isMember: boolean,
  ): CelType {
    const found: Overload[] = [];
    const results: CelType[] = [];
    for (const overload of candidates) {
      if (overload.params.length !== types.length) continue;
      const rename = new Map<string, CelType>();
      const params = overload.params.map((param) => this.renamed(param, rename));
      const before = [...this.bindings];
      if (params.every((param, i) => fits(param, types[i] as CelType, this.bindings))) {
        found.push(overload);
        results.push(this.resolved(this.renamed(overload.result, rename)));
      } else {
        this.bindings.clear();
        for (const [name, type] of before) this.bindings.set(name, type);
      }
    }
    if (found.length === 0) {
      if (types.some((type) => this.resolved(type).kind === 'error')) return ERROR;
      const texts = types.map((type) => this.text(type));
      const shown = isMember ? `${texts[0]}.(${texts.slice(1).join(', ')})` : `(${texts.join(', ')})`;
      return this.complain(expr.at, `found no matching overload for '${expr.name}' applied to '${shown}'`);
    }
    note.overloads = found;
    const [first] = results as [CelType];
    return results.every((result) => typeText(result) === typeText(first)) ? first : DYN;
  }

  /** Type parameters of a declaration get names of their own in every use. */
  private renamed(type: CelType, names: Map<string, CelType>): CelType {
    switch (type.kind) {
      case 'param': {
        let name = names.get(type.name);
        if (!name) names.set(type.name, (name = this.newParam()));
        return name;
      }
      case 'list':
        return { ...type, elem: this.renamed(type.elem, names) };
      case 'map':
        return { ...type, key: this.renamed(type.key, names), value: this.renamed(type.value, names) };
      case 'opaque':
        return type.params.length === 0 ? type : { ...type, params: type.params.map((param) => this.renamed(param, names)) };
      case 'type':
        return { kind: 'type', of: this.renamed(type.of, names) };
      default:
        return type;
    }
  }

  private list(expr: Expr & { op: 'list' }, scope: Scope): CelType {
    let elem: CelType | undefined;
    expr.items.forEach((item, i) => {
      const type = this.unwrapped(this.type(item, scope), expr.optional.has(i), item.at);
      elem = this.mixed.has(expr) ? DYN : this.joined(elem, type, item.at);
    });
    return listType(elem ?? this.newParam(), expr.items.length);
  }

  private map(expr: Expr & { op: 'map' }, scope: Scope): CelType {
    let [key, value]: (CelType | undefined)[] = [];
    for (const entry of expr.entries) {
      key = this.joined(key, this.type(entry.key, scope), entry.key.at);
      value = this.joined(value, this.unwrapped(this.type(entry.value, scope), entry.optional, entry.value.at), entry.value.at);
    }
    return mapType(key ?? this.newParam(), value ?? this.newParam(), expr.entries.length);
  }

  /** Kubernetes wants the items of a list to be of one type; dyn makes it a list of dyn. */
  private joined(known: CelType | undefined, type: CelType, at: number): CelType {
    if (!known) return type;
    if (!this.fits(known, type)) return this.complain(at, `expected type '${this.text(known)}' but found '${this.text(type)}'`);
    return this.resolved(type).kind === 'dyn' ? DYN : known;
  }

  private unwrapped(type: CelType, optional: boolean, at: number): CelType {
    if (!optional) return type;
    const known = this.resolved(type);
    if (known.kind === 'opaque' && known.name === 'optional_type') return known.params[0] as CelType;
    if (known.kind === 'dyn' || known.kind === 'error') return known;
    return this.complain(at, `expected type 'optional_type(${this.text(known)})' but found '${this.text(known)}'`);
  }

  private struct(expr: Expr & { op: 'struct' }, scope: Scope): CelType {
    const type = this.declared.structs?.(expr.type);
    const given = expr.fields.map((field) => [field, this.unwrapped(this.type(field.value, scope), field.optional, field.at)] as const);
    if (!type) return this.complain(expr.at, `undeclared reference to '${expr.type}' (in container '')`);
    for (const [{ name, at }, found] of given) {
      const wanted = type.kind === 'object' ? type.fields.get(name)?.type : DYN;
      if (!wanted) this.complain(at, `undefined field '${name}'`);
      else if (!this.fits(wanted, found))
        this.complain(at, `expected type of field '${name}' is '${this.text(wanted)}' but provided type is '${this.text(found)}'`);
    }
    return type;
  }
}

function literalType(value: unknown): CelType {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOL;
  if (typeof value === 'string') return STRING;
  if (value instanceof Double) return DOUBLE;
  if (value instanceof UnsignedInt) return UINT;
  return value instanceof Uint8Array ? BYTES : INT;
}

/** `ip` of `ip.isCanonical(x)`: names that are no variables may be the first half of a function's name. */
function qualifiedName(expr: Expr, scope: Scope, declared: Declared): string | undefined {
  if (expr.op === 'ident') return scope.find(expr.name) || declared.variables.has(expr.name) ? undefined : expr.name;
  if (expr.op !== 'select' || expr.test || expr.optional) return undefined;
  const before = qualifiedName(expr.operand, scope, declared);
  return before === undefined ? undefined : `${before}.${expr.field}`;
}
