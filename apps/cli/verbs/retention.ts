import { IsBoolean, IsString, MinLength } from 'class-validator';
import { parse } from 'yaml';
import { ASK_FLAGS, asking, AskOptions } from '../ask';
import { readText } from '../documents';
import { printDocument, printTable } from '../print';
import { defineVerb, UserError } from '../verb';

class RetentionOptions extends AskOptions {
  @IsString()
  @MinLength(1)
  file = '';

  @IsBoolean()
  dryRun = false;

  @IsString()
  reason = '';
}

interface Policy {
  readonly kind?: string;
  readonly resources?: object;
  readonly default?: unknown;
  readonly requests?: unknown;
}

interface Report {
  readonly prunings: readonly {
    readonly resource: string;
    readonly earliest: number;
    readonly entries: number;
    readonly pruned: number;
    readonly bytes: number;
  }[];
  readonly partitions: readonly string[];
  readonly requests: number;
}

/** Takes the content of old versions away, and nothing else: their hashes stay, and the last version of what lives. */
export const retention = defineVerb<RetentionOptions>({
  name: 'retention',
  usage: 'apply -f FILE [--dry-run] [--reason TEXT]',
  summary: 'Prune old versions by a policy per resource; the hash chain still holds, and what lives keeps its last version',
  options: RetentionOptions,
  flags: {
    file: { type: 'string', short: 'f', about: 'The RetentionPolicy, YAML or JSON; - reads standard input' },
    dryRun: { type: 'boolean', about: 'Only say what would be pruned' },
    reason: { type: 'string', about: 'Why; kept in the log (default: retention)' },
    ...ASK_FLAGS,
  },
  words: { min: 1, max: 1 },
  async run({ file, dryRun, reason, kubeconfig, output }, [word]) {
    if (word !== 'apply' || file === '')
      throw new UserError('usage: decklog retention apply -f FILE [--dry-run]; --dry-run only says what would be pruned', 2);
    const policy = policyIn(file);
    const { resources = {}, default: rest, requests } = policy;
    const body = { resources, ...(rest !== undefined && { default: rest }), ...(requests !== undefined && { requests }), dryRun, reason };
    const report = await asking(kubeconfig, (client) => client.send<Report>('POST', '/decklog/v1/retention', body));
    if (output === 'table') print(report, dryRun);
    else printDocument(output, report);
    return 0;
  },
});

/** A field with a slip in its name would keep everything, and nobody would notice. */
const FIELDS = ['apiVersion', 'kind', 'metadata', 'resources', 'default', 'requests'];

function policyIn(file: string): Policy {
  const policy = parse(readText(file)) as Policy | null;
  if (policy?.kind !== 'RetentionPolicy')
    throw new UserError(`${file} is no RetentionPolicy: it must say \`kind: RetentionPolicy\` and \`resources:\``);
  const strange = Object.keys(policy).filter((field) => !FIELDS.includes(field));
  if (strange.length > 0)
    throw new UserError(`${file}: a RetentionPolicy has no ${strange.join(', ')}: it has resources, default and requests`);
  return policy;
}

const sizeOf = (bytes: number): string => (bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function print({ prunings, partitions, requests }: Report, dryRun: boolean): void {
  const rows = prunings.map(({ resource, earliest, entries, pruned, bytes }) => [
    resource,
    String(entries),
    String(pruned),
    sizeOf(bytes),
    String(earliest),
  ]);
  printTable(['RESOURCE', 'ENTRIES', dryRun ? 'TO PRUNE' : 'PRUNED', 'SIZE', 'READABLE FROM'], rows);
  if (requests > 0) process.stdout.write(`dropped ${requests} records of requests\n`);
  if (partitions.length > 0) process.stdout.write(`dropped empty partitions: ${partitions.join(', ')}\n`);
}
