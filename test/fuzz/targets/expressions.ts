import { CelEnvironment } from '#lib/cel/environment';
import { CelCostExceeded, CelError, CelIssues } from '#lib/cel/issues';
import { DYN, INT, listType, mapType, objectType, STRING } from '#lib/cel/types';
import { garbled, oddText, oddValue, pick, type Random } from '../generate';
import { takes, type Target } from '../target';

interface ExpressionInput {
  readonly text: string;
  readonly self: unknown;
  readonly any: unknown;
}

const self = objectType('Spec', { n: INT, s: STRING, m: mapType(STRING, STRING), l: listType(objectType('Item', { name: STRING, n: INT })) });

/** Programs are kept: every so often with an environment of its own. */
const KEEP = 2_000;
let env: CelEnvironment;
let left = 0;

/** An expression is refused, or has a value, or says why it has none; it never costs more than its limit. */
export const expressions: Target<ExpressionInput> = {
  name: 'CEL: rules and policies',
  share: 5,

  make(random) {
    const text = some(random, 0);
    const value = {
      n: pick(random, [0, -1, 7, 2 ** 53]),
      s: oddText(random),
      m: { a: oddText(random) },
      l: [
        { name: 'a', n: 1 },
        { name: oddText(random), n: 2 },
      ],
    };
    return { text: random() < 0.8 ? text : garbled(random, text), self: random() < 0.9 ? value : oddValue(random), any: oddValue(random) };
  },

  run({ text, self: value, any }) {
    if (left-- <= 0)
      [env, left] = [
        new CelEnvironment({
          variables: [
            { name: 'self', type: self },
            { name: 'any', type: DYN },
          ],
        }),
        KEEP,
      ];
    return takes(
      () => {
        const program = env.compile(text);
        program.estimate();
        program.evaluate({ self: value, any }, 20_000);
      },
      CelIssues,
      CelError,
      CelCostExceeded,
    );
  },
};

const LEAVES = [
  'self',
  'self.n',
  'self.s',
  'self.m',
  'self.l',
  'any',
  'any.x',
  '1',
  '-9223372036854775808',
  '9223372036854775807',
  '1u',
  '1.5',
  '1e400',
  'true',
  'null',
  '"a"',
  "'ünï\\u00e4'",
  'b"\\xff"',
  'r"\\d"',
  '[]',
  '{}',
  '[1, "a"]',
  '{"a": 1}',
  'x',
  'i',
  'int',
  'type(any)',
];
const UNARY = [
  '!',
  '-',
  '--',
  'size',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'bool',
  'dyn',
  'type',
  'duration',
  'timestamp',
  'quantity',
  'url',
  'ip',
  'cidr',
  'has',
  'format.named',
  'isQuantity',
  'isURL',
  'semver',
];
const BINARY = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||', 'in'];
const MACROS = ['all', 'exists', 'exists_one', 'map', 'filter', 'existsOne'];
const METHODS = [
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'find',
  'findAll',
  'split',
  'replace',
  'substring',
  'indexOf',
  'charAt',
  'join',
  'sum',
  'min',
  'max',
  'isSorted',
  'sort',
  'reverse',
  'lowerAscii',
  'trim',
  'format',
  'getHost',
  'getHours',
  'add',
  'sub',
  'isGreaterThan',
  'asInteger',
  'containsIP',
  'orValue',
  'optMap',
  'hasValue',
  'validate',
  'quote',
  'size',
  'toString',
];

/** An expression of a grammar that is a little too large. */
function some(random: Random, depth: number): string {
  if (depth > 4 || random() < 0.2) return random() < 0.9 ? pick(random, LEAVES) : JSON.stringify(oddText(random));
  const one = (): string => some(random, depth + 1);
  switch (Math.floor(random() * 9)) {
    case 0:
      return `${pick(random, UNARY)}(${one()})`;
    case 1:
    case 2:
      return `(${one()} ${pick(random, BINARY)} ${one()})`;
    case 3:
      return `${one()} ? ${one()} : ${one()}`;
    case 4:
      return `${one()}.${pick(random, MACROS)}(${pick(random, ['x', 'i', 'self'])}, ${one()})`;
    case 5:
      return `${one()}.${pick(random, METHODS)}(${Array.from({ length: Math.floor(random() * 3) }, one).join(', ')})`;
    case 6:
      return `${one()}[${one()}]`;
    case 7:
      return random() < 0.5 ? `[${one()}, ${one()}]` : `{${one()}: ${one()}}`;
    default:
      return `${one()}.${random() < 0.3 ? '?' : ''}${pick(random, ['n', 's', 'm', 'l', 'x', 'name', 'constructor', '__proto__', 'toString'])}`;
  }
}
