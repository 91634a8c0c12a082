import { MAX_STRICT_ERRORS } from './decoding';
import { MAX_DEPTH } from './depth';

/**
 * A second look at JSON text, only taken when JSON.parse threw or when members seem to be doubled: it says what Go's
 * encoding/json would say about bad syntax, and where a name occurs twice. About 100 times slower than JSON.parse.
 */
export interface JsonFindings {
  /** `invalid character '}' looking for beginning of value`, or undefined for correct text. */
  readonly syntaxError?: string;
  /** `duplicate field "spec.replicas"`, in document order, each once. */
  readonly duplicates: readonly string[];
}

/** Scans a whole document. Never throws. */
export function scanJson(text: string): JsonFindings {
  const scanner = new JsonScanner(text);
  try {
    scanner.document();
    return { duplicates: scanner.duplicates };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { syntaxError: error.message, duplicates: [] };
    throw error;
  }
}

/**
 * What is wrong with the members of correct JSON text, in document order, as Go's decoder meets it. `unknown` are the complaints
 * `unknown field "spec.foo"` about this text, already in their order; what is doubled at or below an unknown field goes unnoticed.
 * Mirrors sigs.k8s.io/json.
 */
export function complaintsInOrder(text: string, unknown: readonly string[]): string[] {
  const scanner = new JsonScanner(text, new Set(unknown.map((complaint) => JSON.parse(complaint.slice(UNKNOWN.length)) as string)));
  scanner.document();
  const seen = new Set(scanner.duplicates);
  return [...scanner.duplicates, ...unknown.filter((complaint) => !seen.has(complaint))].slice(0, MAX_STRICT_ERRORS);
}

const UNKNOWN = 'unknown field ';

class JsonSyntaxError extends Error {}

/** One open object or list; `names` is undefined in a list. */
interface Open {
  readonly prefix: string;
  readonly names?: Set<string>;
  index: number;
}

class JsonScanner {
  readonly duplicates: string[] = [];
  private at = 0;

  /** How long paths in `unknown` are: most members can be told apart by that, without making their path. */
  private readonly lengths: ReadonlySet<number>;

  /** What is found of `unknown`, paths of members, is noted among the duplicates. */
  constructor(
    private readonly text: string,
    private readonly unknown: ReadonlySet<string> = new Set(),
  ) {
    this.lengths = new Set([...unknown].map(({ length }) => length));
  }

  document(): void {
    this.value();
    this.space();
    if (this.at < this.text.length) this.fail('after top-level value');
  }

  /** A loop with a stack of its own: the text may be nested deeper than calls may be. */
  private value(): void {
    const open: Open[] = [];
    let prefix = '';
    for (;;) {
      const opened = this.beginValue(prefix);
      if (opened) {
        open.push(opened);
        if (open.length > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth');
        if (!this.closesAtOnce(opened)) {
          prefix = this.nextPrefix(opened);
          continue;
        }
        open.pop();
      }
      for (;;) {
        const top = open[open.length - 1];
        if (!top) return;
        if (this.more(top)) {
          prefix = this.nextPrefix(top);
          break;
        }
        open.pop();
      }
    }
  }

  private beginValue(prefix: string): Open | undefined {
    this.space();
    const char = this.text[this.at];
    if (char === '{') return this.skip({ prefix, names: new Set(), index: 0 });
    if (char === '[') return this.skip({ prefix, index: -1 });
    if (char === '"') this.string();
    else if (char === '-' || isDigit(char)) this.number();
    else if (char === 't') this.word('true');
    else if (char === 'f') this.word('false');
    else if (char === 'n') this.word('null');
    else this.fail('looking for beginning of value');
    return undefined;
  }

  private skip(open: Open): Open {
    this.at++;
    return open;
  }

  private closesAtOnce(open: Open): boolean {
    this.space();
    if (this.text[this.at] !== (open.names ? '}' : ']')) return false;
    this.at++;
    return true;
  }

  /** After a value: true when a comma follows. */
  private more(open: Open): boolean {
    this.space();
    const char = this.text[this.at];
    if (char === ',') {
      this.at++;
      return true;
    }
    if (char !== (open.names ? '}' : ']')) this.fail(open.names ? 'after object key:value pair' : 'after array element');
    this.at++;
    return false;
  }

  /** Reads the name of the next member, if in an object, and gives the path of the value that follows. */
  private nextPrefix(open: Open): string {
    if (!open.names) return `${open.prefix}[${++open.index}]`;
    this.space();
    if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string');
    const start = this.at;
    this.string();
    const name = JSON.parse(this.text.slice(start, this.at)) as string;
    this.space();
    if (this.text[this.at] !== ':') this.fail('after object key');
    this.at++;
    const path = open.prefix === '' ? name : `${open.prefix}.${name}`;
    if (this.lengths.has(path.length) && this.unknown.has(path)) this.note(`${UNKNOWN}${JSON.stringify(path)}`);
    else if (open.names.has(name) && this.duplicates.length < MAX_STRICT_ERRORS && !this.isBelowUnknown(path))
      this.note(`duplicate field ${JSON.stringify(path)}`);
    open.names.add(name);
    return path;
  }

  private isBelowUnknown(path: string): boolean {
    for (const one of this.unknown) if (path.startsWith(one) && '.['.includes(path[one.length] ?? ' ')) return true;
    return false;
  }

  private note(text: string): void {
    // The limit also bounds this search: a body has room for 100,000 of them.
    if (this.duplicates.length < MAX_STRICT_ERRORS && !this.duplicates.includes(text)) this.duplicates.push(text);
  }

  private string(): void {
    for (this.at++; ; this.at++) {
      const char = this.text[this.at];
      if (char === '"') break;
      if (char === undefined || char < ' ') this.fail('in string literal');
      if (char === '\\') this.escape();
    }
    this.at++;
  }

  private escape(): void {
    this.at++;
    const char = this.text[this.at];
    if (char === 'u') {
      for (let i = 0; i < 4; i++) {
        this.at++;
        if (!/[0-9a-fA-F]/.test(this.text[this.at] ?? '')) this.fail('in \\u hexadecimal character escape');
      }
    } else if (char === undefined || !'bfnrt\\/"'.includes(char)) this.fail('in string escape code');
  }

  private number(): void {
    if (this.text[this.at] === '-') this.at++;
    if (this.text[this.at] === '0') this.at++;
    else this.digits('in numeric literal');
    if (this.text[this.at] === '.') {
      this.at++;
      this.digits('after decimal point in numeric literal');
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      this.at++;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at++;
      this.digits('in exponent of numeric literal');
    }
  }

  private digits(where: string): void {
    if (!isDigit(this.text[this.at])) this.fail(where);
    while (isDigit(this.text[this.at])) this.at++;
  }

  private word(word: string): void {
    for (const expected of word) {
      if (this.text[this.at] !== expected) this.fail(`in literal ${word} (expecting ${quoteChar(expected)})`);
      this.at++;
    }
  }

  private space(): void {
    while (this.at < this.text.length && ' \t\r\n'.includes(this.text[this.at]!)) this.at++;
  }

  private fail(where: string): never {
    if (this.at >= this.text.length) throw new JsonSyntaxError('unexpected end of JSON input');
    // Go looks at bytes: of a character beyond ASCII it names the first.
    const byte = Buffer.from(String.fromCodePoint(this.text.codePointAt(this.at)!))[0]!;
    throw new JsonSyntaxError(`invalid character ${quoteChar(String.fromCharCode(byte))} ${where}`);
  }
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';

/** Mirrors quoteChar of encoding/json. */
function quoteChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return `'"'`;
  return `'${JSON.stringify(char).slice(1, -1)}'`;
}
