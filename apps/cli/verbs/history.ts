import { IsBoolean } from 'class-validator';
import { ASK_OBJECT_FLAGS, asking, AskObjectOptions, objectQuery } from '../ask';
import { authorOf, printDocument, printTable, timeOf, type Author } from '../print';
import { defineVerb } from '../verb';

class HistoryOptions extends AskObjectOptions {
  @IsBoolean()
  diff = false;

  @IsBoolean()
  secrets = false;
}

interface Line extends Author {
  readonly revision: number;
  readonly at: string;
  readonly verb: string;
  readonly subresource?: string;
  readonly summary: string;
  readonly diff?: string;
}

/** Every version of one object, also of those that had its name before. */
export const history = defineVerb<HistoryOptions>({
  name: 'history',
  usage: '<kind>/<name> [-n NAMESPACE] [--diff] [--at REVISION|TIME]',
  summary: 'List every version of an object, over delete and recreate: when, by whom, with which command; --diff shows the changes',
  options: HistoryOptions,
  flags: {
    ...ASK_OBJECT_FLAGS,
    diff: { type: 'boolean', about: 'With what each version changed' },
    secrets: { type: 'boolean', about: 'Show the values of Secrets (default: only whether they changed)' },
  },
  words: { min: 1, max: 2 },
  async run(options, words) {
    const query = objectQuery(words, options);
    for (const flag of ['diff', 'secrets'] as const) if (options[flag]) query.set(flag, 'true');
    const lines: Line[] = [];
    await asking(options.kubeconfig, async (client) => {
      for await (const line of client.lines<Line>(`/decklog/v1/history?${query}`)) lines.push(line);
    });
    if (options.output !== 'table') printDocument(options.output, lines);
    else if (options.diff) process.stdout.write(lines.map(withDiff).join('\n'));
    else printTable(['REVISION', 'TIME', 'BY', 'VERB', 'WHAT'], lines.map(rowOf));
    return 0;
  },
});

const verbOf = ({ verb, subresource }: Line): string => (subresource ? `${verb} ${subresource}` : verb);
const rowOf = (line: Line): string[] => [String(line.revision), timeOf(line.at), authorOf(line), verbOf(line), line.summary];
const withDiff = (line: Line): string =>
  `# ${line.revision}   ${timeOf(line.at)}   ${authorOf(line)}   ${line.summary}\n${line.diff ?? ''}`;
