import { IsString } from 'class-validator';
import type { InclusionProof } from '#lib/log/proof/proof';
import type { SignedTreeHead } from '#lib/log/proof/tree-head';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { readDocument } from '../documents';
import { printDocument } from '../print';
import { defineVerb, UserError } from '../verb';

class ProveOptions {
  @IsString()
  head = '';

  @IsString()
  kubeconfig = '';
}

/** Prints a proof that an entry is in the log: check it anywhere with `decklog verify-proof`. */
export const prove = defineVerb<ProveOptions>({
  name: 'prove',
  usage: '<revision> [--head FILE]',
  summary: 'Print a proof, as JSON, that an entry is in the log; verify-proof checks it without a cluster',
  options: ProveOptions,
  flags: {
    head: { type: 'string', about: 'The signed head to prove it against (default: the newest that was given away)' },
    kubeconfig: KUBECONFIG_FLAG,
  },
  words: { min: 1, max: 1 },
  async run({ head, kubeconfig }, [revision = '']) {
    if (!/^\d+$/.test(revision)) throw new UserError(`prove: ${JSON.stringify(revision)} is no revision`, 2);
    const query = new URLSearchParams({ revision });
    if (head !== '') query.set('size', String(readDocument<SignedTreeHead>(head).size));
    printDocument('json', await asking(kubeconfig, (client) => client.get<InclusionProof>(`/decklog/v1/prove?${query}`)));
    return 0;
  },
});
