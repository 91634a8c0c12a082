import { IsString } from 'class-validator';
import { ASK_FLAGS, asking, AskOptions } from '../ask';
import { authorOf, causesOf, nameOf, printDocument, printTable, timeOf, type Author } from '../print';
import { defineVerb } from '../verb';

class BisectOptions extends AskOptions {
  @IsString()
  good = '0';

  @IsString()
  bad = 'head';
}

interface Answer {
  readonly good: number;
  readonly bad: number;
  readonly why?: 'never' | 'always';
  readonly revision?: number;
  readonly entry?: Author & {
    readonly at: string;
    readonly resource: string;
    readonly namespace: string;
    readonly name: string;
    readonly summary: string;
    readonly cause: readonly number[];
  };
  readonly looks: readonly { readonly revision: number; readonly holds: boolean }[];
}

/** Which entry broke an invariant. */
export const bisect = defineVerb<BisectOptions>({
  name: 'bisect',
  usage: "[--good A] [--bad B] 'EXPRESSION'",
  summary: 'Find the change that made a CEL expression over pods, deployments … false, in about log2 of as many looks as there are changes',
  options: BisectOptions,
  flags: {
    good: { type: 'string', about: 'A moment at which it is true (default 0)' },
    bad: { type: 'string', about: 'A moment at which it is false (default head)' },
    ...ASK_FLAGS,
  },
  words: { min: 1, max: 1 },
  async run(options, [expression = '']) {
    const query = new URLSearchParams({ good: options.good, bad: options.bad, expr: expression });
    const answer = await asking(options.kubeconfig, (client) => client.get<Answer>(`/decklog/v1/bisect?${query}`));
    if (options.output !== 'table') printDocument(options.output, answer);
    else tell(answer);
    return answer.revision === undefined ? 1 : 0;
  },
});

function tell({ good, bad, why, revision, entry, looks }: Answer): void {
  if (why === 'never') process.stdout.write(`still true at revision ${bad}\n`);
  else if (why === 'always') process.stdout.write(`already false at revision ${good}\n`);
  else if (!entry) process.stdout.write(`false since revision ${revision}, about which you may not be told\n`);
  else {
    const row = [String(revision), timeOf(entry.at), authorOf(entry), nameOf(entry), entry.summary, causesOf(entry.cause)];
    printTable(['REVISION', 'TIME', 'BY', 'OBJECT', 'WHAT', 'BECAUSE OF'], [row]);
  }
  process.stderr.write(`${looks.length} looks at ${bad - good + 1} revisions\n`);
}
