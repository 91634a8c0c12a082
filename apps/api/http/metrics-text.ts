/** `{a="b",c="d"}`, with the names in order. */
export function labelsOf(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).sort();
  return `{${names.map((name) => `${name}="${escaped(labels[name] as string)}"`).join(',')}}`;
}

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));

/** All that is told under one name, in Prometheus' text format. A line has its labels and its value. */
export const family = (name: string, type: 'counter' | 'gauge' | 'histogram', help: string, lines: readonly string[]): string =>
  [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines.map((line) => name + line)].join('\n');

/** What a histogram has counted: in each bucket only what is in no smaller one. */
export interface Counted {
  readonly labels: Readonly<Record<string, string>>;
  readonly codes: ReadonlyMap<number, number>;
  readonly buckets: readonly number[];
  readonly sum: number;
}

export function histogramLines(name: string, help: string, bounds: readonly number[], counted: readonly Counted[]): string {
  const lines = counted.flatMap(({ labels, codes, buckets, sum }) => {
    const count = [...codes.values()].reduce((total, one) => total + one, 0);
    let upTo = 0;
    const each = bounds.map((bound, i) => `_bucket${labelsOf({ ...labels, le: String(bound) })} ${(upTo += buckets[i] as number)}`);
    return [
      ...each,
      `_bucket${labelsOf({ ...labels, le: '+Inf' })} ${count}`,
      `_sum${labelsOf(labels)} ${sum}`,
      `_count${labelsOf(labels)} ${count}`,
    ];
  });
  return family(name, 'histogram', help, lines);
}
