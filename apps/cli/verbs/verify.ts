import { IsIn, IsString } from 'class-validator';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { FORMATS, printDocument, type Format } from '../print';
import { defineVerb } from '../verb';

class VerifyOptions {
  @IsIn(FORMATS)
  output: Format = 'table';

  @IsString()
  kubeconfig = '';
}

interface Verdict {
  readonly ok: boolean;
  readonly revision?: number;
  readonly damage?: string;
  readonly detail?: string;
  readonly entries: number;
  readonly entriesPerSecond: number;
  readonly last: { readonly revision: number; readonly hash: string };
}

/** Recomputes the hash chain over the whole log. Exit code 1 when an entry was edited, moved, or is missing. */
export const verify = defineVerb<VerifyOptions>({
  name: 'verify',
  usage: '[-o json|yaml]',
  summary: 'Check the hash chain of the whole log; exit code 1 names the first damaged revision',
  options: VerifyOptions,
  flags: {
    output: { type: 'string', short: 'o', about: 'table, json or yaml (default table)' },
    kubeconfig: KUBECONFIG_FLAG,
  },
  async run(options) {
    const verdict = await asking(options.kubeconfig, (client) => client.get<Verdict>('/decklog/v1/verify'));
    if (options.output === 'table') process.stdout.write(`${sentenceOf(verdict)}\n`);
    else printDocument(options.output, verdict);
    return verdict.ok ? 0 : 1;
  },
});

function sentenceOf({ ok, revision, damage, detail, entries, entriesPerSecond, last }: Verdict): string {
  if (!ok) return `damaged at revision ${revision} (${damage}): ${detail}`;
  return `ok: ${entries} entries form one chain up to revision ${last.revision}, hash ${last.hash} (${entriesPerSecond} entries/s)`;
}
