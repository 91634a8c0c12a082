import { AskOptions, ASK_FLAGS, asking } from '../ask';
import { printDocument } from '../print';
import { defineVerb } from '../verb';

interface Report {
  readonly revision: number;
  readonly checkpoints: number;
  readonly droppedKeys: number;
  readonly before: string;
  readonly after: string;
}

/** All that is stored beside the log can be thrown away: this does. */
export const rebuild = defineVerb<AskOptions>({
  name: 'rebuild',
  usage: '[-o json|yaml]',
  summary: 'Throw the stored views away (checkpoints, Merkle tree) and fold them again from the log',
  options: AskOptions,
  flags: ASK_FLAGS,
  async run({ kubeconfig, output }) {
    const report = await asking(kubeconfig, (client) => client.send<Report>('POST', '/decklog/v1/rebuild'));
    if (output === 'table') process.stdout.write(textOf(report));
    else printDocument(output, report);
    return 0;
  },
});

function textOf({ revision, checkpoints, droppedKeys, before, after }: Report): string {
  const keys = droppedKeys > 0 ? `; ${droppedKeys} keys of nobody dropped` : '';
  const verdict = before === after ? `digest ${after}, as before` : `digest ${after}; what was stored folded to ${before}`;
  return `${checkpoints} checkpoints and the Merkle tree folded again up to revision ${revision}${keys}\n${verdict}\n`;
}
