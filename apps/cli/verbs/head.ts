import { IsBoolean, IsString } from 'class-validator';
import type { Head } from '#lib/log/log';
import type { SignedTreeHead } from '#lib/log/proof/tree-head';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { printDocument } from '../print';
import { defineVerb } from '../verb';

class HeadOptions {
  @IsBoolean()
  sign = false;

  @IsString()
  kubeconfig = '';
}

/** Where the log ends; signed, it is what to keep elsewhere, so that nobody can change the past unseen. */
export const head = defineVerb<HeadOptions>({
  name: 'head',
  usage: '[--sign]',
  summary: "Print the log's head; with --sign the Merkle tree head, signed: keep it elsewhere, and check the log against it later",
  options: HeadOptions,
  flags: {
    sign: { type: 'boolean', about: "With the tree's root and the signature of the log's key, as JSON" },
    kubeconfig: KUBECONFIG_FLAG,
  },
  async run({ sign, kubeconfig }) {
    if (sign) printDocument('json', await asking(kubeconfig, (client) => client.get<SignedTreeHead>('/decklog/v1/tree-head')));
    else {
      const { revision, hash, at } = await asking(kubeconfig, (client) => client.get<Head>('/decklog/v1/head'));
      process.stdout.write(`revision ${revision} of ${at}, hash ${hash}\n`);
    }
    return 0;
  },
});
