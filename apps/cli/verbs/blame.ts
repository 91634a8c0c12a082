import { IsBoolean } from 'class-validator';
import { ASK_OBJECT_FLAGS, asking, AskObjectOptions, objectQuery } from '../ask';
import { authorOf, printDocument, printTable, timeOf, valueText, type Author } from '../print';
import { defineVerb } from '../verb';

class BlameOptions extends AskObjectOptions {
  @IsBoolean()
  secrets = false;
}

interface Value extends Author {
  readonly revision: number;
  readonly at: string;
  readonly path: string;
  readonly value?: unknown;
  readonly removed?: boolean;
  readonly orBefore?: boolean;
}

interface Blame {
  /** Who set each field of the object as it is, or every value that the asked field ever had. */
  readonly fields?: readonly Value[];
  readonly values?: readonly Value[];
}

/** Who set each field, and what a field was before. */
export const blame = defineVerb<BlameOptions>({
  name: 'blame',
  usage: '<kind>/<name> [PATH] [-n NAMESPACE] [--at REVISION|TIME]',
  summary: 'Tell who set each field, when and with which command; with a PATH (.spec.replicas) every value it ever had',
  options: BlameOptions,
  flags: { ...ASK_OBJECT_FLAGS, secrets: { type: 'boolean', about: 'Show the values of Secrets (default: only which are the same)' } },
  words: { min: 1, max: 3 },
  async run(options, words) {
    const named = words[0]?.includes('/') ? 1 : 2;
    const query = objectQuery(words.slice(0, named), options);
    const path = words[named];
    if (path !== undefined) query.set('path', path);
    if (options.secrets) query.set('secrets', 'true');
    const answer = await asking(options.kubeconfig, (client) => client.get<Blame>(`/decklog/v1/blame?${query}`));
    if (options.output !== 'table') printDocument(options.output, answer);
    else if (answer.values?.length === 0) process.stdout.write(`${path} was never set\n`);
    else printTable(['REVISION', 'TIME', 'BY', 'FIELD', 'VALUE'], (answer.values ?? answer.fields ?? []).map(rowOf));
    return 0;
  },
});

const rowOf = (line: Value): string[] => [
  `${line.orBefore ? '≤ ' : ''}${line.revision}`,
  timeOf(line.at),
  authorOf(line),
  line.path,
  line.removed ? '(removed)' : valueText(line.value),
];
