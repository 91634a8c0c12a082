import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { validateSync } from 'class-validator';

/** One `--flag` of a verb. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** One line for `decklog help <verb>`, with the default. */
  readonly about: string;
  /** Environment variable that is taken when the flag is absent. */
  readonly env?: string;
}

/** One word of the command line. To add one: a file in verbs/ and a line in verbs.ts. */
export interface Verb<O extends object = object> {
  readonly name: string;
  /** What follows the name: `[--port N]`, `<kind>/<name>`. */
  readonly usage: string;
  /** One line for `decklog help`. */
  readonly summary: string;
  /** Its class-validator rules check the flags; a field's initial value is its default. */
  readonly options: new () => O;
  readonly flags: Readonly<Partial<Record<keyof O & string, Flag>>>;
  /** How many words besides the flags are allowed. Default 0. */
  readonly words?: { readonly min: number; readonly max: number };
  /** Returns the exit code. */
  run(options: O, words: readonly string[]): Promise<number>;
}

/** Something that the user can put right: printed as one line, without a stack. */
export class UserError extends Error {
  constructor(
    message: string,
    /** 1: it did not work. 2: the command line is wrong. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
    this.name = 'UserError';
  }
}

/** The registry holds verbs of all option types; `run` gets what `parse` made. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- Verb is invariant in O
export type AnyVerb = Verb<any>;

export const defineVerb = <O extends object>(verb: Verb<O>): Verb<O> => verb;

/** Reads and checks the words after the verb's name. @throws UserError (exit code 2) naming the flag and the rule. */
export function parse<O extends object>(
  verb: Verb<O>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): { options: O; words: string[] } {
  const { values, positionals } = split(verb, args);
  const given: Record<string, unknown> = {};
  for (const [field, flag] of flagsOf(verb)) {
    const value = values[dashed(field)] ?? (flag.env ? env[flag.env] || undefined : undefined);
    if (value !== undefined) given[field] = value;
  }
  const options = new verb.options();
  for (const [field, value] of Object.entries(given)) {
    // What a text becomes, the default's type says; class-validator complains of NaN.
    Reflect.set(options, field, typeof Reflect.get(options, field) === 'number' ? Number(value) : value);
  }
  const [problem] = validateSync(options, { forbidUnknownValues: false });
  if (problem) {
    const rule = Object.values(problem.constraints ?? { invalid: 'is invalid' })[0]!.replace(`${problem.property} `, '');
    throw new UserError(`${verb.name}: --${dashed(problem.property)} ${rule} (got ${JSON.stringify(given[problem.property])})`, 2);
  }
  const { min, max } = verb.words ?? { min: 0, max: 0 };
  if (positionals.length < min || positionals.length > max) throw new UserError(`usage: decklog ${verb.name} ${verb.usage}`, 2);
  return { options, words: positionals };
}

function split(verb: AnyVerb, args: readonly string[]): { values: Record<string, unknown>; positionals: string[] } {
  const options = Object.fromEntries(
    flagsOf(verb).map(([field, { type, short }]) => [dashed(field), { type, ...(short ? { short } : {}) }]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UserError(`${verb.name}: ${(error as Error).message.split('. ')[0]}; usage: decklog ${verb.name} ${verb.usage}`, 2);
  }
}

/** The flags with their fields. */
export const flagsOf = (verb: AnyVerb): [string, Flag][] => Object.entries(verb.flags) as [string, Flag][];

/** `dataDir` is `--data-dir`. */
export const dashed = (field: string): string => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
