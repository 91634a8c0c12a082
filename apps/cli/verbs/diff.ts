import { IsBoolean, IsString } from 'class-validator';
import { ASK_FLAGS, asking, AskOptions, kindOf, objectOf } from '../ask';
import { nameOf, printDocument, printTable } from '../print';
import { defineVerb, UserError } from '../verb';

class DiffOptions extends AskOptions {
  @IsString()
  namespace = '';

  @IsBoolean()
  all = false;

  @IsBoolean()
  brief = false;

  @IsBoolean()
  secrets = false;
}

interface Line {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: string;
  readonly fields?: readonly string[];
  readonly diff: string;
}

interface Summary {
  readonly from: number;
  readonly to: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly leftOut: Readonly<Record<string, number>>;
}

/** What differs between two moments. Exit codes are those of diff(1): 0 nothing, 1 something, 2 trouble. */
export const diff = defineVerb<DiffOptions>({
  name: 'diff',
  usage: 'A..B [<kind>[/<name>]] [-n NAMESPACE] [--brief] [--all]',
  summary:
    'Show what differs between two moments (revisions, times, 10m ago) in the whole cluster or a part; exit code 0, 1 or 2 like diff(1)',
  options: DiffOptions,
  flags: {
    namespace: { type: 'string', short: 'n', about: 'Only this namespace (with an object: its namespace, default: default)' },
    all: { type: 'boolean', about: 'Also Leases and Events, of which there are always new ones' },
    brief: { type: 'boolean', about: 'Which objects differ, without the lines' },
    secrets: { type: 'boolean', about: 'Show the values of Secrets (default: only whether they changed)' },
    ...ASK_FLAGS,
  },
  words: { min: 1, max: 3 },
  async run(options, words) {
    try {
      return await compare(options, words);
    } catch (error) {
      if (error instanceof UserError) throw new UserError(error.message, 2);
      throw error;
    }
  },
});

async function compare(options: DiffOptions, [range = '', ...object]: readonly string[]): Promise<number> {
  const query = queryOf(options, range, object);
  const lines: Line[] = [];
  let summary: Summary | undefined;
  const show = options.output === 'table' && !options.brief;
  await asking(options.kubeconfig, async (client) => {
    for await (const line of client.lines<Line | Summary>(`/decklog/v1/diff?${query}`)) {
      if (!('change' in line)) summary = line;
      else {
        lines.push(line);
        if (show) process.stdout.write(line.diff);
      }
    }
  });
  if (!summary) throw new UserError('the answer of the server was cut off');
  if (options.output !== 'table') printDocument(options.output, { ...summary, objects: lines });
  else if (options.brief && lines.length > 0) printTable(['CHANGE', 'OBJECT', 'FIELDS'], lines.map(rowOf));
  if (options.output === 'table') process.stderr.write(sentenceOf(summary));
  return lines.length === 0 ? 0 : 1;
}

function queryOf(options: DiffOptions, range: string, object: readonly string[]): URLSearchParams {
  const query = new URLSearchParams({ range });
  const named = object.length > 1 || object[0]?.includes('/');
  const { kind, name } = named ? objectOf(object) : { kind: object[0] === undefined ? undefined : kindOf(object[0]), name: undefined };
  if (kind) query.set('resource', kind.resource);
  if (name !== undefined) query.set('name', name);
  const namespace = options.namespace || (name !== undefined && kind?.namespaced ? 'default' : '');
  if (namespace !== '') query.set('namespace', namespace);
  for (const flag of ['all', 'secrets'] as const) if (options[flag]) query.set(flag, 'true');
  return query;
}

/** So many fields fit a line. */
const MAX_FIELDS = 4;

function rowOf(line: Line): string[] {
  const fields = line.fields ?? [];
  const more = fields.length > MAX_FIELDS ? [`and ${fields.length - MAX_FIELDS} more`] : [];
  return [line.change, nameOf(line), fields.length === 0 ? '-' : [...fields.slice(0, MAX_FIELDS), ...more].join(', ')];
}

function sentenceOf({ from, to, added, removed, changed, leftOut }: Summary): string {
  const out = Object.entries(leftOut).map(([resource, count]) => `${count} ${resource}`);
  const note = out.length > 0 ? ` (left out: ${out.join(', ')}; --all shows them)` : '';
  return `${from}..${to}: ${added} added, ${removed} removed, ${changed} changed${note}\n`;
}
