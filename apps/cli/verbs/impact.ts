import { IsString } from 'class-validator';
import { ASK_FLAGS, asking, AskOptions } from '../ask';
import { authorOf, causesOf, nameOf, printDocument, printTable, timeOf, type Author } from '../print';
import { defineVerb, UserError } from '../verb';

class ImpactOptions extends AskOptions {
  @IsString()
  session = '';

  @IsString()
  command = '';
}

interface Line extends Author {
  readonly as: 'root' | 'effect';
  readonly revision: number;
  readonly at: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly cause: readonly number[];
  readonly summary: string;
}

/** Everything that one change caused, directly or through controllers. */
export const impact = defineVerb<ImpactOptions>({
  name: 'impact',
  usage: 'REVISION | --session ID | --command "kubectl scale"',
  summary: 'List everything that one change, one run of kubectl or one command caused, directly or through controllers',
  options: ImpactOptions,
  flags: {
    session: { type: 'string', about: 'All that one run of kubectl caused (decklog log -o json shows the session of an entry)' },
    command: { type: 'string', about: 'All that every run of this command caused, e.g. "kubectl scale"' },
    ...ASK_FLAGS,
  },
  words: { min: 0, max: 1 },
  async run(options, [revision]) {
    const query = new URLSearchParams();
    if (revision !== undefined) query.set('revision', revision);
    for (const field of ['session', 'command'] as const) if (options[field] !== '') query.set(field, options[field]);
    if (query.size !== 1) throw new UserError('impact: say one of REVISION, --session, --command', 2);
    const lines: Line[] = [];
    await asking(options.kubeconfig, async (client) => {
      for await (const line of client.lines<Line>(`/decklog/v1/impact?${query}`)) lines.push(line);
    });
    if (options.output !== 'table') printDocument(options.output, lines);
    else {
      printTable(['REVISION', 'TIME', 'BY', 'OBJECT', 'WHAT', 'BECAUSE OF'], lines.map(rowOf));
      process.stdout.write(`${sentenceOf(lines)}\n`);
    }
    return 0;
  },
});

const rowOf = (line: Line): string[] => [
  String(line.revision),
  timeOf(line.at),
  authorOf(line),
  nameOf(line),
  line.summary,
  causesOf(line.cause),
];

function sentenceOf(lines: readonly Line[]): string {
  const effects = lines.filter(({ as }) => as === 'effect');
  const objects = new Set(effects.map(nameOf)).size;
  const [first, last] = [lines[0], lines.at(-1)];
  const seconds = first && last ? (Date.parse(last.at) - Date.parse(first.at)) / 1000 : 0;
  return `${effects.length} changes of ${objects} objects in ${seconds} s`;
}
