import type { Entry, Expr, StructField } from './ast';
import { CelIssues } from './issues';
import { isReserved, tokensOf, type Token } from './lexer';
import { expandGlobal, expandMember } from './macros';
import { Double } from './values';

/** Deeper expressions are refused, as in cel-go. */
const MAX_DEPTH = 250;

const RELATIONS = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);
const STARTERS = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Reads an expression. @throws CelIssues with `Syntax error: …`. */
export const parse = (source: string): Expr => new Parser(source, tokensOf(source)).whole();

class Parser {
  private next = 0;
  private depth = 0;

  constructor(
    private readonly source: string,
    private readonly tokens: readonly Token[],
  ) {}

  whole(): Expr {
    const expr = this.expr();
    const { kind, text, at } = this.peek();
    if (kind !== 'end') this.fail(at, `Syntax error: mismatched input '${text}' expecting <EOF>`);
    return expr;
  }

  private expr(): Expr {
    if (++this.depth > MAX_DEPTH) this.fail(this.peek().at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    const condition = this.binary(0);
    const { at } = this.peek();
    let result = condition;
    if (this.accept('?')) {
      const yes = this.binary(0);
      this.expect(':');
      result = { op: 'call', name: '_?_:_', target: undefined, args: [condition, yes, this.expr()], at };
    }
    this.depth--;
    return result;
  }

  /** Levels of binding: ||, &&, relations, sums, products. */
  private binary(level: number): Expr {
    if (level > 4) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const { text, kind, at } = this.peek();
      if (kind !== 'sign' || !isOfLevel(level, text)) return left;
      this.next++;
      left = { op: 'call', name: text === 'in' ? '@in' : `_${text}_`, target: undefined, args: [left, this.binary(level + 1)], at };
    }
  }

  private unary(): Expr {
    const { text, kind, at } = this.peek();
    if (kind !== 'sign' || (text !== '!' && text !== '-')) return this.member();
    let count = 0;
    while (this.accept(text)) count++;
    const isOdd = count % 2 === 1;
    const operand = this.member(isOdd && text === '-');
    return isOdd && !isNegated(operand, at, text)
      ? { op: 'call', name: text === '!' ? '!_' : '-_', target: undefined, args: [operand], at }
      : operand;
  }

  private member(isNegative = false): Expr {
    let expr = this.primary(isNegative);
    for (;;) {
      const { at } = this.peek();
      if (this.accept('.')) expr = this.selection(expr, at);
      else if (this.accept('[')) {
        const isOptional = this.accept('?');
        const index = this.expr();
        this.expect(']');
        expr = { op: 'call', name: isOptional ? '_[?_]' : '_[_]', target: undefined, args: [expr, index], at };
      } else if (this.peek().text === '{' && this.peek().kind === 'sign' && typeNameOf(expr) !== undefined)
        expr = this.struct(typeNameOf(expr) as string);
      else return expr;
    }
  }

  private selection(operand: Expr, at: number): Expr {
    const isOptional = this.accept('?');
    const { kind, text, at: nameAt, quoted } = this.peek();
    if (kind !== 'ident' && text !== 'in')
      this.fail(nameAt, `Syntax error: no viable alternative at input '.${text === '<EOF>' ? '' : text}'`);
    this.next++;
    const open = this.peek();
    if (!isOptional && !quoted && this.accept('(')) {
      const args = this.list(')');
      return expandMember(this.source, operand, text, args, open.at) ?? { op: 'call', name: text, target: operand, args, at: open.at };
    }
    return { op: 'select', operand, field: text, test: false, optional: isOptional, at };
  }

  private primary(isNegative: boolean): Expr {
    const token = this.peek();
    const { kind, text, at, value } = token;
    if (kind === 'literal') {
      this.next++;
      return { op: 'literal', value: isNegative ? negated(value) : (value as never), at };
    }
    if (kind === 'ident' && !token.quoted) return this.named(text, at);
    if (this.accept('.')) return this.named(this.peek().text, this.peek().at);
    if (this.accept('(')) {
      const expr = this.expr();
      this.expect(')');
      return expr;
    }
    if (this.accept('[')) {
      const optional = new Set<number>();
      return { op: 'list', items: this.list(']', optional), optional, at };
    }
    if (this.accept('{')) return { op: 'map', entries: this.entries(), at };
    return this.fail(at, `Syntax error: mismatched input '${text}' expecting ${STARTERS}`);
  }

  private named(name: string, at: number): Expr {
    if (isReserved(name)) this.fail(at, `reserved identifier: ${name}`);
    this.next++;
    const open = this.peek();
    if (!this.accept('(')) return { op: 'ident', name, at };
    const args = this.list(')');
    return expandGlobal(this.source, name, args, open.at) ?? { op: 'call', name, target: undefined, args, at: open.at };
  }

  private list(end: string, optional?: Set<number>): Expr[] {
    const items: Expr[] = [];
    while (!this.accept(end)) {
      if (items.length > 0) {
        this.expect(',', end);
        if (end !== ')' && this.accept(end)) break;
      }
      if (optional && this.accept('?')) optional.add(items.length);
      items.push(this.expr());
    }
    return items;
  }

  private entries(): Entry[] {
    const entries: Entry[] = [];
    while (!this.accept('}')) {
      if (entries.length > 0) {
        this.expect(',', '}');
        if (this.accept('}')) break;
      }
      const optional = this.accept('?');
      const key = this.expr();
      const { at } = this.peek();
      this.expect(':');
      entries.push({ key, value: this.expr(), optional, at });
    }
    return entries;
  }

  private struct(type: string): Expr {
    const { at } = this.peek();
    this.expect('{');
    const fields: StructField[] = [];
    while (!this.accept('}')) {
      if (fields.length > 0) {
        this.expect(',', '}');
        if (this.accept('}')) break;
      }
      const optional = this.accept('?');
      const name = this.peek();
      if (name.kind !== 'ident') this.fail(name.at, `Syntax error: mismatched input '${name.text}' expecting IDENTIFIER`);
      this.next++;
      const { at: colon } = this.peek();
      this.expect(':');
      fields.push({ name: name.text, value: this.expr(), optional, at: colon });
    }
    return { op: 'struct', type, fields, at };
  }

  private peek(): Token {
    return this.tokens[this.next] as Token;
  }

  private accept(text: string): boolean {
    const token = this.peek();
    if (token.kind !== 'sign' || token.text !== text) return false;
    this.next++;
    return true;
  }

  private expect(text: string, ...others: string[]): void {
    if (this.accept(text)) return;
    const { text: found, at } = this.peek();
    const wanted = others.length === 0 ? `'${text}'` : `{${[...others, text].map((each) => `'${each}'`).join(', ')}}`;
    this.fail(at, `Syntax error: mismatched input '${found}' expecting ${wanted}`);
  }

  private fail(offset: number, message: string): never {
    throw new CelIssues(this.source, [{ offset, message }]);
  }
}

const LEVELS = [new Set(['||']), new Set(['&&']), RELATIONS, new Set(['+', '-']), new Set(['*', '/', '%'])];
const isOfLevel = (level: number, sign: string): boolean => (LEVELS[level] as Set<string>).has(sign);

const negated = (value: Token['value']): never =>
  (typeof value === 'number'
    ? value === 0
      ? 0
      : -value
    : typeof value === 'bigint'
      ? -value
      : value instanceof Double
        ? new Double(-value.value)
        : value) as never;

/** A minus in front of a number belongs to the number. */
const isNegated = (operand: Expr, _at: number, sign: string): boolean =>
  sign === '-' &&
  operand.op === 'literal' &&
  (typeof operand.value === 'number' || typeof operand.value === 'bigint' || operand.value instanceof Double);

/** `a.b.C` when the expression is only names: what may stand in front of `{`. */
function typeNameOf(expr: Expr): string | undefined {
  if (expr.op === 'ident') return expr.name;
  if (expr.op !== 'select' || expr.test || expr.optional) return undefined;
  const before = typeNameOf(expr.operand);
  return before === undefined ? undefined : `${before}.${expr.field}`;
}
