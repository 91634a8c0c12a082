const MAX_KNOWN = 1_000;
const known = new Map<string, RegExp | string>();

/** A regular expression in RE2's syntax as one of JavaScript; the text is the complaint when it is none. Remembered. */
export function regexOf(pattern: string): RegExp | string {
  let found = known.get(pattern);
  if (found === undefined) {
    found = translated(pattern);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(pattern, found);
  }
  return found;
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/**
 * What RE2 writes otherwise: `(?P<name>`, `\A`, `\z`, `[[:alpha:]]`, `\pL`, flags in front. Back references and look-around are not in RE2.
 */
function translated(pattern: string): RegExp | string {
  const bad = /\(\?<?[=!]/.exec(pattern);
  if (bad) return `error parsing regexp: invalid or unsupported Perl syntax: \`${bad[0]}\``;
  let flags = '';
  const source = pattern
    .replace(/^\(\?([ims]+)\)/, (_all, given: string) => ((flags = given), ''))
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\^?)(\w+):\]/g, (all, not: string, name: string) => (not === '' ? (CLASSES[name] ?? all) : all))
    .replace(/\\(A|z|p[LMNPSZC]|P[LMNPSZC]|Q|E)(?![\w{])|\\(A|z)/g, (_all, a?: string, b?: string) => {
      const word = a ?? b ?? '';
      return word === 'A' ? '^' : word === 'z' ? '$' : word.length === 2 ? `\\${word[0]}{${word[1]}}` : '';
    });
  try {
    return new RegExp(source, `u${flags}`);
  } catch {
    try {
      return new RegExp(source, flags); // escapes that the strict mode refuses, such as `\-`, RE2 takes
    } catch (error) {
      return `error parsing regexp: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}: \`${pattern}\``;
    }
  }
}
