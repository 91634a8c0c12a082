import { createRequire } from 'node:module';
import { badRequest } from '#lib/api/errors';
import { kinds } from '#lib/api/kinds';
import type { AnyKind } from '#lib/api/kind';

/** A sentence about the cluster that is true or false at any moment. */
export interface Invariant {
  /** The kinds it speaks of. */
  readonly kinds: readonly AnyKind[];
  /** @throws Error with the words of the expression language when it has no answer: a field that is missing, a result that is no bool. */
  holds(objectsOf: (kind: AnyKind) => readonly object[], revision: number): boolean;
}

/** What is in the log: there are `pods` of metrics.k8s.io, too, which are made when somebody asks. */
const builtIn = kinds.filter((kind) => !kind.storedAs && !kind.view);

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text);

/** The variables: a list of objects for every kind, by its plural name. Of two kinds of one name the built-in one has it. */
function variablesOf(custom: readonly AnyKind[]): ReadonlyMap<string, AnyKind> {
  return new Map([...custom.filter(({ plural }) => isName(plural)), ...builtIn].map((kind) => [kind.plural, kind]));
}

const MAX_LENGTH = 10_000;

/**
 * Reads a CEL expression over `pods`, `deployments` … (lists of objects), the plurals of `custom` kinds, and `rev`. Whole numbers are CEL
 * ints, as in Kubernetes.
 * @throws ApiError 400 when it cannot be read.
 */
export function invariantOf(expression: string, custom: readonly AnyKind[] = []): Invariant {
  if (expression.length > MAX_LENGTH) throw badRequest(`the expression is longer than ${MAX_LENGTH} characters`);
  const { Environment } = celLibrary();
  const variables = variablesOf(custom);
  const environment = new Environment({ unlistedVariablesAreDyn: false, enableOptionalTypes: true });
  environment.registerVariable('rev', 'int');
  for (const name of variables.keys()) environment.registerVariable(name, 'list<dyn>');
  const evaluate = readable(() => environment.parse(expression));
  const { valid, error, type } = evaluate.check();
  if (!valid) throw badRequest(`the expression cannot be used: ${firstLine(error as Error)}`);
  if (type !== 'bool' && type !== 'dyn') throw badRequest(`the expression gives ${type}, but must give bool`);
  const mentioned = new Set(expression.match(/[A-Za-z_]\w*/g));
  return {
    kinds: [...variables].filter(([name]) => mentioned.has(name)).map(([, kind]) => kind),
    holds(objectsOf, revision) {
      const context: Record<string, unknown> = { rev: BigInt(revision) };
      for (const [name, kind] of variables) context[name] = mentioned.has(name) ? objectsOf(kind).map(celValue) : [];
      const result: unknown = evaluate(context);
      if (typeof result !== 'boolean') throw new Error(`it gives ${typeof result}, but must give bool`);
      return result;
    },
  };
}

type CelLibrary = typeof import('@marcbachmann/cel-js', { with: { 'resolution-mode': 'import' } });

/** The library is an ES module, which Node loads by `require` too; only when somebody asks, as it takes 30 ms. */
const celLibrary = (): CelLibrary => createRequire(__filename)('@marcbachmann/cel-js') as CelLibrary;

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badRequest(`the expression cannot be read: ${(error as Error).message}`);
  }
}

const firstLine = ({ message }: Error): string => message.split('\n')[0] ?? '';

const converted = new WeakMap<object, object>();

/** JSON as CEL sees it. Objects never change, and the same ones are asked about at many revisions. */
function celValue(object: object): object {
  let known = converted.get(object);
  if (!known) converted.set(object, (known = withInts(object) as object));
  return known;
}

function withInts(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withInts);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withInts(member)]));
}
