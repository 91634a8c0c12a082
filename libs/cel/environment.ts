import type { Expr } from './ast';
import { check, type Declared, type Notes } from './check';
import { Compiler } from './compile';
import { estimateOf, type Estimate } from './cost';
import type { Overload, Variable } from './declarations';
import { Frame, type Step } from './frame';
import { CelIssues } from './issues';
import { conversions, optionals } from './library/conversions';
import { formats } from './library/formats';
import { lists, sets } from './library/lists';
import { network, urls } from './library/network';
import { operators } from './library/operators';
import { quantities } from './library/quantity';
import { semvers } from './library/semver';
import { strings } from './library/strings';
import { times } from './library/times';
import { parse } from './parser';
import { DYN, typeText, type CelType } from './types';
import { Double, Duration, UnsignedInt } from './values';

/** Upstream's limit of what one evaluation may cost. */
export const PER_CALL_LIMIT = 1_000_000;
/** Upstream's limit of what all evaluations for one request may cost together. */
export const REQUEST_BUDGET = 10_000_000;

const ZEROS = { '0u': new UnsignedInt(0n), '0.0': new Double(0), '0s': new Duration(0n) };

const STANDARD: readonly Overload[] = [
  ...operators,
  ...conversions,
  ...optionals,
  ...times,
  ...strings,
  ...lists(ZEROS),
  ...sets,
  ...network,
  ...urls,
  ...quantities,
  ...semvers,
  ...formats,
];

/** What an environment has beyond Kubernetes' libraries. */
export interface EnvironmentOptions {
  readonly variables?: readonly Variable[];
  readonly functions?: readonly Overload[];
  /** The type that `Name{…}` makes; names may have dots. */
  readonly structs?: (name: string) => CelType | undefined;
}

/**
 * The variables, functions and types that expressions may use. Compiled programs are kept: the same text compiles once.
 * Mirrors apiserver/pkg/cel/environment.
 */
export class CelEnvironment {
  private readonly declared: Declared;
  private readonly programs = new Map<string, CelProgram | CelIssues>();

  constructor(private readonly options: EnvironmentOptions = {}) {
    this.declared = {
      variables: new Map((options.variables ?? []).map(({ name, type }) => [name, type])),
      functions: options.functions ? byName([...STANDARD, ...options.functions]) : standard(),
      ...(options.structs && { structs: options.structs }),
    };
  }

  /** The same with more. */
  extend({ variables = [], functions = [], structs }: EnvironmentOptions): CelEnvironment {
    return new CelEnvironment({
      variables: [...(this.options.variables ?? []), ...variables],
      functions: [...(this.options.functions ?? []), ...functions],
      structs: structs ?? this.options.structs,
    });
  }

  /**
   * Reads, checks and compiles. Whether the type is the wanted one, the caller asks of `program.type`: the words for it differ from place
   * to place.
   * @throws CelIssues, whose message is what upstream puts behind `compilation failed: `.
   */
  compile(source: string): CelProgram {
    let known = this.programs.get(source);
    if (!known) {
      known = this.attempt(source);
      this.programs.set(source, known);
    }
    if (known instanceof CelIssues) throw known;
    return known;
  }

  private attempt(source: string): CelProgram | CelIssues {
    try {
      const expr = parse(source);
      const notes = check(source, expr, this.declared);
      return new CelProgram(source, expr, notes, this.declared.variables);
    } catch (error) {
      if (error instanceof CelIssues) return error;
      throw error;
    }
  }
}

/** What came of an evaluation. */
export interface Evaluated {
  readonly value: unknown;
  /** In units of cel-go. */
  readonly cost: number;
}

/** A compiled expression. It keeps nothing between evaluations. */
export class CelProgram {
  /** What it gives. */
  readonly type: CelType;
  private readonly step: Step;
  private readonly compiler: Compiler;

  constructor(
    readonly source: string,
    private readonly expr: Expr,
    private readonly notes: Notes,
    variables: ReadonlyMap<string, CelType>,
  ) {
    this.type = notes.get(expr)?.type ?? DYN;
    this.compiler = new Compiler(notes, variables);
    this.step = this.compiler.compile(expr);
  }

  /** The variables it looks at. */
  get mentions(): readonly string[] {
    return this.compiler.used.map(({ name }) => name);
  }

  get typeText(): string {
    return typeText(this.type);
  }

  /**
   * Evaluates it. JSON is taken as it is, objects may have lazy members (getters); a variable without a value is `no such attribute(s)`
   * where it is used.
   * @throws CelError when it has no value, CelCostExceeded when it costs more than `limit`; `cost` of either is then in `spent`.
   */
  evaluate(variables: Readonly<Record<string, unknown>>, limit = PER_CALL_LIMIT, spent?: { cost: number }): Evaluated {
    const slots = new Array<unknown>(this.compiler.slots);
    for (const { name, slot } of this.compiler.used) slots[slot] = variables[name];
    const frame = new Frame(slots, limit);
    try {
      const value = this.step(frame);
      return { value, cost: frame.cost };
    } finally {
      if (spent) spent.cost += frame.cost;
    }
  }

  /** What it costs at least and at most, from the sizes that the types of its variables allow. */
  estimate(): Estimate {
    return estimateOf(this.expr, this.notes);
  }
}

function byName(overloads: readonly Overload[]): ReadonlyMap<string, readonly Overload[]> {
  const functions = new Map<string, Overload[]>();
  for (const overload of overloads) {
    const known = functions.get(overload.name);
    if (known) known.push(overload);
    else functions.set(overload.name, [overload]);
  }
  return functions;
}

let made: ReadonlyMap<string, readonly Overload[]> | undefined;
const standard = (): ReadonlyMap<string, readonly Overload[]> => (made ??= byName(STANDARD));
