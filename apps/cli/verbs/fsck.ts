import { AskOptions, ASK_FLAGS, asking } from '../ask';
import { printDocument } from '../print';
import { defineVerb } from '../verb';

interface Report {
  readonly revision: number;
  readonly objects: number;
  readonly checkpoints: number;
  readonly digest: string;
  readonly mismatches: readonly { readonly view: string; readonly detail: string }[];
  readonly more: number;
}

/** Folds the whole log again, and compares everything that was ever derived from it. */
export const fsck = defineVerb<AskOptions>({
  name: 'fsck',
  usage: '[-o json|yaml]',
  summary:
    'Fold the whole log and compare every view with it: world, checkpoints, Merkle tree, head, JetStream, keys; exit code 1 on a mismatch',
  options: AskOptions,
  flags: ASK_FLAGS,
  async run({ kubeconfig, output }) {
    const report = await asking(kubeconfig, (client) => client.get<Report>('/decklog/v1/fsck'));
    if (output === 'table') process.stdout.write(textOf(report));
    else printDocument(output, report);
    return report.mismatches.length > 0 ? 1 : 0;
  },
});

function textOf({ revision, objects, checkpoints, digest, mismatches, more }: Report): string {
  const lines = mismatches.map(({ view, detail }) => `${view}: ${detail}`);
  if (more > 0) lines.push(`… and ${more} more`);
  lines.push(
    `${mismatches.length + more} mismatches: ${objects} objects and ${checkpoints} checkpoints compared with the log up to revision ${revision}, digest ${digest}`,
  );
  return `${lines.join('\n')}\n`;
}
