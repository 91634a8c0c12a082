/** One complaint about an expression, at an offset into its text. */
export interface Issue {
  readonly offset: number;
  readonly message: string;
}

/** The complaints of the parser and the type checker, in the form of cel-go: `ERROR: <input>:1:5: undefined field 'x'` and the place. */
export class CelIssues extends Error {
  constructor(
    readonly source: string,
    readonly issues: readonly Issue[],
  ) {
    super(
      [...issues]
        .sort((a, b) => a.offset - b.offset)
        .map((issue) => issueText(source, issue))
        .join('\n'),
    );
    this.name = 'CelIssues';
  }
}

function issueText(source: string, { offset, message }: Issue): string {
  const before = source.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - (before.lastIndexOf('\n') + 1);
  const text = (source.split('\n')[line - 1] ?? '').replace(/\t/g, ' ');
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`;
}

/**
 * An expression that failed while it was evaluated: `no such key: x`, `division by zero` … The other side of `||` or `&&` may make up for
 * it.
 */
export class CelError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CelError';
  }
}

/** The expression cost more than it may; nothing makes up for that. */
export class CelCostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
    this.name = 'CelCostExceeded';
  }
}
