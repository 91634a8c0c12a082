import { Refused, type Client } from '#lib/client/client';
import { nameOf, printDocument, printTable, valueText, type Format } from './print';
import type { Flag } from './verb';

/** The flags of every verb that changes the present back. */
export const CHANGE_FLAGS: Readonly<Record<'dryRun' | 'force', Flag>> = {
  dryRun: { type: 'boolean', about: 'Only say what would be done' },
  force: { type: 'boolean', about: 'Undo later changes that are in the way, too; of a namespace bring back what nothing is in the way of' },
};

interface Outcome {
  readonly dryRun: boolean;
  readonly objects: readonly {
    readonly resource: string;
    readonly namespace: string;
    readonly name: string;
    readonly change: string;
    readonly revision?: number;
    readonly fields?: readonly { readonly path: string; readonly before?: unknown; readonly after?: unknown }[];
  }[];
  readonly leftToControllers?: readonly string[];
}

/** The exit code when later changes are in the way. */
const IN_THE_WAY = 3;

/** Asks for the change and prints what was done. Returns the exit code. */
export async function changed(
  client: Client,
  what: 'undo' | 'undelete',
  query: URLSearchParams,
  options: { readonly dryRun: boolean; readonly force: boolean; readonly output: Format },
): Promise<number> {
  for (const flag of ['dryRun', 'force'] as const) if (options[flag]) query.set(flag, 'true');
  try {
    const outcome = await client.send<Outcome>('POST', `/decklog/v1/${what}?${query}`);
    if (options.output === 'table') tell(outcome);
    else printDocument(options.output, outcome);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 409) throw error;
    if (options.output === 'table') complain(error);
    else printDocument(options.output, error.status);
    return IN_THE_WAY;
  }
}

function tell({ dryRun, objects, leftToControllers = [] }: Outcome): void {
  if (objects.length === 0) process.stdout.write('nothing to do: it is already as it was\n');
  else printTable(['CHANGE', 'OBJECT', 'REVISION', 'FIELDS'], objects.map(rowOf));
  if (leftToControllers.length > 0) process.stderr.write(`left to controllers, who make them again: ${countsOf(leftToControllers)}\n`);
  if (dryRun) process.stderr.write('dry run: nothing was written\n');
}

/** `2 pods, 1 replicasets.apps` */
function countsOf(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const resource = name.slice(0, name.indexOf('/'));
    counts.set(resource, (counts.get(resource) ?? 0) + 1);
  }
  return [...counts].map(([resource, count]) => `${count} ${resource}`).join(', ');
}

function rowOf(done: Outcome['objects'][number]): string[] {
  const fields = (done.fields ?? []).map(({ path, ...values }) =>
    'before' in values || 'after' in values ? `${path} ${side(values.before)} → ${side(values.after)}` : path,
  );
  return [done.change, nameOf(done), done.revision === undefined ? '-' : String(done.revision), fields.join(', ') || '-'];
}

const side = (value: unknown): string => (value === undefined ? '(none)' : valueText(value));

/** The reason of a cause that --force does not get over. */
const STAYS = 'InTheWay';

function whyNot(causes: readonly { readonly reason?: string; readonly field?: string }[]): string {
  if (causes.some(({ reason }) => reason !== STAYS)) return 'later changes are in the way (--force undoes them too)';
  return causes.some(({ field }) => field)
    ? 'something is in the way (--force leaves it as it is, and brings back the rest)'
    : 'something is in the way';
}

function complain({ status }: Refused): void {
  const causes = status.details?.causes ?? [];
  process.stderr.write(`decklog: nothing was written: ${causes.length > 0 ? whyNot(causes) : status.message}\n`);
  for (const { field, message } of causes) process.stderr.write(`  ${field ? `${field} ` : ''}${message}\n`);
}
