import { IsIn, IsString } from 'class-validator';
import { headProblem, type SignedTreeHead } from '#lib/log/proof/tree-head';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { openBundle } from '../bundle/file';
import { LOG_PUBLIC_KEY, readDocument, readPublicKey } from '../documents';
import { FORMATS, printDocument, type Format } from '../print';
import { defineVerb, UserError } from '../verb';

class VerifyOptions {
  @IsString()
  head = '';

  @IsString()
  key = '';

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
  readonly pruned: number;
  readonly entriesPerSecond: number;
  readonly last: { readonly revision: number; readonly hash: string };
  readonly root?: string;
}

/** Recomputes the hash chain over the whole log. Exit code 1 when an entry was edited, moved, or is missing. */
export const verify = defineVerb<VerifyOptions>({
  name: 'verify',
  usage: '[<file>] [--head FILE] [--key FILE] [-o json|yaml]',
  summary: 'Check the hash chain of the whole log, or an exported file; exit code 1 names the first damaged revision',
  options: VerifyOptions,
  flags: {
    head: { type: 'string', about: 'A signed head that was kept: the log must still contain it' },
    key: { type: 'string', about: `Public key of the log (default: for --head ${LOG_PUBLIC_KEY}, for a file its own)` },
    output: { type: 'string', short: 'o', about: 'table, json or yaml (default table)' },
    kubeconfig: KUBECONFIG_FLAG,
  },
  words: { min: 0, max: 1 },
  async run(options, [file]) {
    if (file !== undefined && options.head !== '')
      throw new UserError('verify: --head is for the log of a cluster: a file is signed itself, by the key that --key names', 2);
    if (file !== undefined) return verifyFile(file, options);
    const query = options.head === '' ? new URLSearchParams() : anchorIn(options.head, options.key);
    if (options.output !== 'table') query.set('tree', 'true'); // a document tells the root, too
    const verdict = await asking(options.kubeconfig, (client) => client.get<Verdict>(`/decklog/v1/verify?${query}`));
    if (options.output === 'table') process.stdout.write(`${sentenceOf(verdict)}\n`);
    else printDocument(options.output, verdict);
    return verdict.ok ? 0 : 1;
  },
});

/** The rows, their chain, and the signed root, which the file's own key only shows to be whole: whose key it is, the reader must know. */
async function verifyFile(file: string, { key: keyFile, output }: VerifyOptions): Promise<number> {
  const { header, entries, base, pruned } = await openBundle(file, keyFile === '' ? undefined : readPublicKey(keyFile));
  const whose = keyFile === '' ? `by the key ${header.head.key}` : 'by the key given';
  if (output !== 'table')
    printDocument(output, {
      ok: true,
      from: header.from,
      to: header.to,
      entries: entries.length,
      before: base.length,
      pruned: pruned.length,
      head: header.head,
    });
  else
    process.stdout.write(
      `ok: ${entries.length} entries, ${header.from} to ${header.to}, and ${base.length} from before, lead to the root ${header.head.root} signed ${whose}\n`,
    );
  return 0;
}

/** A head that was changed is no anchor. */
function anchorIn(headFile: string, keyFile: string): URLSearchParams {
  const head = readDocument<SignedTreeHead>(headFile);
  const problem = headProblem(head, readPublicKey(keyFile));
  if (problem) throw new UserError(`${headFile}: ${problem}`);
  return new URLSearchParams({ revision: String(head.size), hash: head.last, root: head.root });
}

function sentenceOf({ ok, revision, damage, detail, entries, pruned, entriesPerSecond, last }: Verdict): string {
  if (!ok) return `damaged at revision ${revision} (${damage}): ${detail}`;
  const gone = pruned > 0 ? `, ${pruned} of them pruned by Erasures,` : '';
  return `ok: ${entries + pruned} entries${gone} form one chain up to revision ${last.revision}, hash ${last.hash} (${entriesPerSecond} entries/s)`;
}
