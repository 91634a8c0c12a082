import { IsIn, IsString } from 'class-validator';
import { asking } from '../ask';
import { FORMATS, printDocument, type Format } from '../print';
import { defineVerb } from '../verb';

class VerifyOptions {
  @IsIn(FORMATS)
  output: Format = 'table';

  @IsString()
  kubeconfig = '';
}

interface Report {
  readonly ok: boolean;
  readonly entries: number;
  readonly head: number;
  readonly seconds: number;
  readonly damage?: { readonly revision: number; readonly kind: string; readonly message: string };
}

/** Recomputes the hash chain over the whole log. Exit code 1 when an entry was edited, moved, or is missing. */
export const verify = defineVerb<VerifyOptions>({
  name: 'verify',
  usage: '[-o json|yaml]',
  summary: 'Check the hash chain of the whole log; exit code 1 names the first damaged revision',
  options: VerifyOptions,
  flags: {
    output: { type: 'string', short: 'o', about: 'table, json or yaml (default table)' },
    kubeconfig: { type: 'string', about: 'Which cluster (default: KUBECONFIG, then .decklog/kubeconfig)' },
  },
  async run(options) {
    const report = await asking(options.kubeconfig, (client) => client.get<Report>('/decklog/v1/verify'));
    if (options.output !== 'table') printDocument(options.output, report);
    else if (report.damage) process.stdout.write(`damaged at revision ${report.damage.revision}: ${report.damage.message}\n`);
    else process.stdout.write(`ok: ${report.entries} entries up to revision ${report.head} form one chain\n`);
    return report.ok ? 0 : 1;
  },
});
