import { badRequest, type ApiError } from '#lib/api/errors';
import { errorText, invalid } from '#lib/api/field-error';
import { isQualifiedName, isValidLabelValue } from './names';

/** One condition of a label selector, in the words of the query string. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** Sorted and unique; empty for `exists` and `!`. */
  readonly values: readonly string[];
}

/** The operators of the query string; `exists` and `!` have no values. */
export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

interface Token {
  readonly type: 'end' | 'identifier' | 'error' | ')' | '(' | ',' | '!' | '==' | '=' | '>' | '<' | '!=' | 'in' | 'notin';
  readonly text: string;
}

const SYMBOLS = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const OPERATORS: Partial<Record<Token['type'], Operator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/**
 * Reads `a=b,c!=d,e in (x,y),!f,g`; the result is sorted by key. Throws 400 with the texts of apimachinery's labels.Parse,
 * whose grammar and recursive descent it follows.
 */
export function parseRequirements(text: string): Requirement[] {
  const requirements = new Parser(scan(text)).parse();
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.replace(/^[ \t\r\n]+/, '');
  while (rest !== '') {
    const token = nextToken(rest);
    tokens.push(token.token);
    rest = rest.slice(token.length).replace(/^[ \t\r\n]+/, '');
  }
  return [...tokens, { type: 'end', text: '' }];
}

function nextToken(rest: string): { token: Token; length: number } {
  const word = /^[^=!(),<>\s]+/.exec(rest)?.[0];
  if (word !== undefined) {
    const type = word === 'in' || word === 'notin' ? word : 'identifier';
    return { token: { type, text: word }, length: word.length };
  }
  const two = rest.slice(0, 2);
  const symbol = SYMBOLS.has(two) ? two : rest.slice(0, 1);
  if (!SYMBOLS.has(symbol)) return { token: { type: 'error', text: `error expected: keyword found '${symbol}'` }, length: 1 };
  return { token: { type: symbol as Token['type'], text: symbol }, length: symbol.length };
}

const refuse = (message: string): ApiError => badRequest(message);
const refuseRequirement = (message: string): ApiError => badRequest(`unable to parse requirement: ${message}`);

class Parser {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.peek();
      if (token.type === 'end') return requirements;
      if (token.type !== 'identifier' && token.type !== '!')
        throw refuse(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.requirement());
      const after = this.take();
      if (after.type === 'end') return requirements;
      if (after.type !== ',') throw refuse(`found '${after.text}', expected: ',' or 'end of string'`);
      const next = this.peek();
      if (next.type !== 'identifier' && next.type !== '!') throw refuse(`found '${next.text}', expected: identifier after ','`);
    }
  }

  private requirement(): Requirement {
    const negated = this.peek().type === '!';
    if (negated) this.take();
    const { type, text: key } = this.take();
    if (type !== 'identifier') throw refuseRequirement(`found '${key}', expected: identifier`);
    const complaints = isQualifiedName(key);
    if (complaints.length > 0) throw refuseRequirement(errorText(invalid('<nil>', key, complaints.join('; '))));
    const next = this.peek().type;
    if (next === 'end' || next === ',') return { key, operator: negated ? '!' : 'exists', values: [] };
    if (negated) return { key, operator: '!', values: [] };
    return checked({ key, ...this.comparison() });
  }

  private comparison(): Pick<Requirement, 'operator' | 'values'> {
    const token = this.take(false);
    const operator = OPERATORS[token.type];
    if (operator === undefined) throw refuseRequirement(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    const values = operator === 'in' || operator === 'notin' ? this.valueSet() : [this.exactValue()];
    return { operator, values: [...new Set(values)].sort() };
  }

  private exactValue(): string {
    const next = this.peek().type;
    if (next === 'end' || next === ',') return '';
    const token = this.take();
    if (token.type !== 'identifier') throw refuseRequirement(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `(x,y)`; commas may stand next to each other and to the brackets, and mean an empty value there. */
  private valueSet(): string[] {
    const open = this.take();
    if (open.type !== '(') throw refuseRequirement(`found '${open.text}' expected: '('`);
    const first = this.peek();
    if (first.type === ')') return this.closed(['']);
    if (first.type !== 'identifier' && first.type !== ',')
      throw refuseRequirement(`found '${first.text}', expected: ',', ')' or identifier`);
    const values: string[] = [];
    for (;;) {
      const token = this.take();
      const next = this.peek();
      if (token.type === 'identifier') {
        values.push(token.text);
        if (next.type === ')') return this.closed(values);
        if (next.type !== ',') throw refuseRequirement(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.type === ',') {
        if (values.length === 0 || next.type === ',' || next.type === ')') values.push('');
        if (next.type === ')') return this.closed(values);
      } else throw refuseRequirement(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  private closed(values: string[]): string[] {
    this.take();
    return values;
  }

  private peek(): Token {
    return asValue(this.tokens[this.position] ?? { type: 'end', text: '' });
  }

  private take(wordsAreValues = true): Token {
    const token = this.tokens[this.position++] ?? { type: 'end', text: '' };
    return wordsAreValues ? asValue(token) : token;
  }
}

/** `in` and `notin` are plain words wherever no operator can stand. */
const asValue = (token: Token): Token => (token.type === 'in' || token.type === 'notin' ? { ...token, type: 'identifier' } : token);

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const errors = values.flatMap((value, i) => {
    const complaints = isValidLabelValue(value);
    const numeric = operator !== 'gt' && operator !== 'lt' ? true : /^[+-]?\d+$/.test(value);
    return [
      ...(numeric ? [] : [invalid(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer")]),
      ...(complaints.length > 0 ? [invalid(`values[${i}][${key}]`, value, complaints.join('; '))] : []),
    ];
  });
  if (errors.length === 0) return requirement;
  const texts = errors.map(errorText);
  throw refuseRequirement(texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`);
}
