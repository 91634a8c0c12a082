import { IsBoolean, IsIn, IsInt, IsString, Min } from 'class-validator';
import type { Erasure } from '#lib/api/decklog/erasure';
import type { Client } from '#lib/client/client';
import type { Controller } from '#lib/reconcile/controller';
import { Replay, type Divergence, type PendingDecision, type ReplayEntry, type ReplayResult } from '#lib/reconcile/replay';
import { sha256 } from '#lib/runtime/execute';
import { asking, KUBECONFIG_FLAG } from '../ask';
import { FORMATS, printDocument, type Format } from '../print';
import { builtIn, withModule } from '../replay/candidates';
import { defineVerb } from '../verb';

class ReplayVerbOptions {
  @IsBoolean()
  check = false;

  @IsString()
  controller = '';

  @IsString()
  module = '';

  @IsInt()
  @Min(0)
  from = 0;

  @IsIn(FORMATS)
  output: Format = 'table';

  @IsString()
  kubeconfig = '';
}

/** Divergences that are told one by one; a planted change makes thousands. */
const TOLD = 10;

/** Makes every recorded decision again with today's code, in the world and at the time of then. */
export const replay = defineVerb<ReplayVerbOptions>({
  name: 'replay',
  usage: '[--check] [--controller NAME] [--module FILE.js] [--from REVISION]',
  summary: "Re-decide the recorded history with today's code; with --check exit code 1 when a decision differs",
  options: ReplayVerbOptions,
  flags: {
    check: { type: 'boolean', about: 'Exit code 1 when a decision differs' },
    controller: { type: 'string', about: 'Only this controller (default: all)' },
    module: { type: 'string', about: 'A built JavaScript module whose controllers take the place of ours' },
    from: { type: 'string', about: 'Only decisions that wrote entries after this revision (default 0)' },
    output: { type: 'string', short: 'o', about: 'table, json or yaml (default table)' },
    kubeconfig: KUBECONFIG_FLAG,
  },
  async run(options) {
    const result = await asking(options.kubeconfig, async (client) =>
      withoutPruned(await replayed(client, options), await prunedBefore(client)),
    );
    if (options.output === 'table') tell(result);
    else printDocument(options.output, result);
    return options.check && result.divergences.length > 0 ? 1 : 0;
  },
});

async function replayed(client: Client, options: ReplayVerbOptions): Promise<ReplayResult> {
  const all = builtIn(await nodeNames(client));
  const known = options.module === '' ? all : await withModule(options.module, all);
  const chosen = known.filter((controller) => options.controller === '' || controller.name === options.controller);
  const head = (await client.get<{ revision: number }>('/decklog/v1/head')).revision;
  const first = await pass(client, chosen, options.from, head);
  if (first.late.length === 0) return first;
  const second = await pass(client, chosen, options.from, head, first.late);
  const divergences = [...first.divergences, ...second.divergences].sort((a, b) => a.revision - b.revision);
  return { ...first, checked: first.checked + second.checked, divergences, late: second.late };
}

/** The whole log once, in order; the second pass makes the decisions that came too late in the first. */
async function pass(
  client: Client,
  controllers: readonly Controller[],
  from: number,
  head: number,
  late?: readonly PendingDecision[],
): Promise<ReplayResult> {
  const run = new Replay(controllers, { sha256, minRevision: from, ...(late && { late }) });
  for await (const entry of client.lines<Omit<ReplayEntry, 'object'> & { object: unknown }>(`/decklog/v1/log?object=true&upTo=${head}`)) {
    run.add({ ...entry, object: JSON.stringify(entry.object) });
  }
  return run.finish();
}

interface Judged extends ReplayResult {
  /** Decisions that differ, but looked at a past of which retention has taken a part: nothing follows from that. */
  readonly pruned: number;
}

function withoutPruned(result: ReplayResult, earliest: number): Judged {
  const divergences = result.divergences.filter(({ world }) => world >= earliest);
  return { ...result, divergences, pruned: result.divergences.length - divergences.length };
}

/** From this revision on nothing is missing. */
async function prunedBefore(client: Client): Promise<number> {
  const { items } = await client.get<{ items: readonly Erasure[] }>('/apis/decklog.dev/v1/erasures');
  return Math.max(0, ...items.map(({ spec }) => spec.earliest ?? 0));
}

async function nodeNames(client: Client): Promise<string[]> {
  const names = new Set<string>();
  for await (const { name } of client.lines<{ name: string }>('/decklog/v1/log?resource=nodes')) names.add(name);
  return [...names];
}

function tell({ checked, divergences, unknown, pruned }: Judged): void {
  process.stdout.write(`${checked} decisions made again: ${divergences.length} divergences\n`);
  if (pruned > 0)
    process.stdout.write(`${pruned} decisions that differ were made in a world of which a part was pruned since: they tell nothing\n`);
  if (unknown > 0) process.stdout.write(`${unknown} decisions of controllers that are not here were left out\n`);
  for (const divergence of divergences.slice(0, TOLD)) process.stdout.write(lineOf(divergence));
  if (divergences.length > TOLD) process.stdout.write(`… and ${divergences.length - TOLD} more\n`);
}

function lineOf({ revision, controller, key, world, now, expected, got, commands, error }: Divergence): string {
  const at = expected.findIndex((digest, i) => digest !== got[i]);
  const first = JSON.stringify(commands[at < 0 ? expected.length : at] ?? null);
  const today = error ?? `${got.length} commands, the first that differs: ${first.slice(0, 400)}`;
  return `revision ${revision}: ${controller} on ${key}, with the world of ${world} at ${now}\n  then: ${expected.length} commands\n  now:  ${today}\n`;
}
