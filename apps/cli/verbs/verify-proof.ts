import { IsString } from 'class-validator';
import { checkProof, type ConsistencyProof, type InclusionProof } from '#lib/log/proof/proof';
import type { SignedTreeHead } from '#lib/log/proof/tree-head';
import { LOG_PUBLIC_KEY, readDocument, readPublicKey } from '../documents';
import { defineVerb } from '../verb';

class VerifyProofOptions {
  @IsString()
  head = '';

  @IsString()
  key = '';
}

/** Needs no cluster: the proof, the head that was kept, and the log's public key. */
export const verifyProof = defineVerb<VerifyProofOptions>({
  name: 'verify-proof',
  usage: '<proof.json> [--head FILE] [--key FILE]',
  summary: 'Check a proof of `prove` or `consistency` offline, with the public key alone; exit code 1 when it does not hold',
  options: VerifyProofOptions,
  flags: {
    head: { type: 'string', about: 'The signed head that was kept (default: the one in the proof)' },
    key: { type: 'string', about: `Public key of the log (default ${LOG_PUBLIC_KEY})` },
  },
  words: { min: 1, max: 1 },
  async run({ head, key }, [file = '']) {
    const proof = readDocument<InclusionProof | ConsistencyProof>(file);
    const kept = head === '' ? undefined : readDocument<SignedTreeHead>(head);
    const { ok, detail } = checkProof(proof, { publicKey: readPublicKey(key), ...(kept && { head: kept }) });
    process.stdout.write(`${ok ? 'ok' : 'NOT PROVEN'}: ${detail}\n`);
    return ok ? 0 : 1;
  },
});
