import { IsString } from 'class-validator';
import type { ConsistencyProof } from '#lib/log/proof/proof';
import type { SignedTreeHead } from '#lib/log/proof/tree-head';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { readDocument } from '../documents';
import { printDocument } from '../print';
import { defineVerb } from '../verb';

class ConsistencyOptions {
  @IsString()
  kubeconfig = '';
}

/** Prints a proof that the log only grew since a head that was kept. */
export const consistency = defineVerb<ConsistencyOptions>({
  name: 'consistency',
  usage: '<head.json> [<later-head.json>]',
  summary: 'Print a proof, as JSON, that the log only grew since a head that was kept; verify-proof checks it without a cluster',
  options: ConsistencyOptions,
  flags: { kubeconfig: KUBECONFIG_FLAG },
  words: { min: 1, max: 2 },
  async run({ kubeconfig }, [earlier = '', later]) {
    const from = readDocument<SignedTreeHead>(earlier);
    const query = new URLSearchParams({ from: String(from.size) });
    if (later !== undefined) query.set('size', String(readDocument<SignedTreeHead>(later).size));
    const growth = await asking(kubeconfig, (client) =>
      client.get<Pick<ConsistencyProof, 'to' | 'path'>>(`/decklog/v1/consistency?${query}`),
    );
    const proof: ConsistencyProof = { format: 'decklog/consistency/v1', from, ...growth };
    printDocument('json', proof);
    return 0;
  },
});
