/** Indexes of a Job as its status lists them: `1,3-5,7`. */
export interface Indexes {
  /** How many there are. */
  readonly total?: number;
  readonly problem?: string;
}

/** Reads such a list; `completions` is one more than the largest index. Mirrors validateIndexesFormat. */
export function indexesIn(text: string, completions: number): Indexes {
  if (text === '') return { total: 0 };
  let total = 0;
  let last: number | undefined;
  for (const part of text.split(',')) {
    const limits = part.split('-');
    if (limits.length > 2)
      return {
        problem: `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      };
    const numbers: number[] = [];
    for (const limit of limits) {
      const { value, problem } = indexOf(limit, completions);
      if (problem !== undefined) return { problem };
      numbers.push(value as number);
    }
    const [low = 0, high = low] = numbers;
    if (last !== undefined && last >= low) return { problem: `non-increasing order, previous: ${last}, current: ${low}` };
    if (numbers.length === 2 && low >= high) return { problem: `non-increasing order, previous: ${low}, current: ${high}` };
    total += high - low + 1;
    last = high;
  }
  return { total };
}

function indexOf(text: string, completions: number): { value?: number; problem?: string } {
  if (!/^[+-]?\d+$/.test(text)) return { problem: `cannot convert string to integer for index: ${JSON.stringify(text)}` };
  const value = Number(text);
  return value >= completions ? { problem: `too large index: ${JSON.stringify(text)}` } : { value };
}
