import '#lib/loading/use';
import { randomInt } from 'node:crypto';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { seeded } from '#lib/reconcile/seeded';
import { campaign, onAQuietMachine, type Result, type Round } from './campaign';
import type { CrashCluster, Victim } from './clusters/cluster';
import { compose } from './clusters/compose';
import { oneProcess } from './clusters/one-process';
import { processEach } from './clusters/process-each';
import { several } from './clusters/several';
import type { Outage } from './service';

/** Rounds on one cluster before its log is compared and the next begins. */
const ROUNDS_PER_CLUSTER = 20;

/** After the last restart everything works again within so long, without help. */
const WITHIN_MS = 5_000;

const layouts: Readonly<Record<string, () => Promise<CrashCluster>>> = { up: oneProcess, each: () => processEach(), ha: several, compose };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    layout: { type: 'string', default: 'up,each,ha' },
    victims: { type: 'string', default: '' },
    'within-ms': { type: 'string', default: String(WITHIN_MS) },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (ms: number): string => (ms / 1000).toFixed(2);

async function main(): Promise<number> {
  const seed = Number(values.seed);
  const random = seeded(seed);
  const names = values.layout.split(',');
  say(
    `seed ${seed}\nwrites watches   pods starved    what happened (seconds from the last restart until every API server writes again, until the watches show it, and until\n                                 new pods are ready; of these one of its processes waited for a CPU)`,
  );
  const results: Result[] = [];
  for (let left = Number(values.rounds), i = 0; left > 0; left -= ROUNDS_PER_CLUSTER, i++) {
    const start = layouts[names[i % names.length] as string];
    if (!start) throw new Error(`there is no layout "${names[i % names.length]}"; there are: ${Object.keys(layouts).join(', ')}`);
    const cluster = await start();
    say(`--- ${cluster.layout}, load ${loadavg()[0]?.toFixed(1)}`);
    const result = await campaign(
      cluster,
      Math.min(left, ROUNDS_PER_CLUSTER),
      random,
      ({ outage, starved, what }) =>
        say(
          `${seconds(outage.writes).padStart(6)} ${seconds(outage.watches).padStart(7)} ${seconds(outage.pods).padStart(6)} ${seconds(starved).padStart(7)}    ${what}`,
        ),
      chosenOf(cluster),
    );
    if (result.story) say(result.story);
    if (result.findings.length > 0 && process.env.DECKLOG_CRASH_OUTPUT) say(cluster.output());
    results.push(result);
  }
  return report(results, Number(values['within-ms']));
}

/** `--victims 'NATS,the primary'`: they are struck in turn. Default: whoever is drawn. */
const chosenOf = ({ victims }: CrashCluster): Victim[] => {
  const chosen = values.victims.split(',').flatMap((name) => victims.filter((victim) => victim.name === name));
  return chosen.length === 0 ? [] : Array.from({ length: ROUNDS_PER_CLUSTER }, (_, i) => chosen[i % chosen.length] as Victim);
};

function report(results: readonly Result[], withinMs: number): number {
  const rounds = results.flatMap((result) => result.rounds);
  const sum = (of: (round: Round) => number): number => rounds.reduce((total, round) => total + of(round), 0);
  const total = (of: (result: Result) => number): number => results.reduce((all, result) => all + of(result), 0);
  const late = rounds.filter(({ outage }) => outage.pods > withinMs);
  const atFault = late.filter((round) => onAQuietMachine(round) > withinMs);
  const found = total(({ findings }) => findings.length);
  say(`
rounds ${rounds.length} · crashes ${sum(({ crashes }) => crashes)} · pauses ${sum(({ pauses }) => pauses)}
requests carried out ${total(({ requests }) => requests)} · entries compared ${total(({ entries }) => entries)} · watches broken off ${total(({ breaks }) => breaks)}
writes again    p50 ${seconds(quantile(rounds, 0.5, 'writes'))} s · p95 ${seconds(quantile(rounds, 0.95, 'writes'))} s · max ${seconds(quantile(rounds, 1, 'writes'))} s
watches go on   p50 ${seconds(quantile(rounds, 0.5, 'watches'))} s · p95 ${seconds(quantile(rounds, 0.95, 'watches'))} s · max ${seconds(quantile(rounds, 1, 'watches'))} s
new pods ready  p50 ${seconds(quantile(rounds, 0.5, 'pods'))} s · p95 ${seconds(quantile(rounds, 0.95, 'pods'))} s · max ${seconds(quantile(rounds, 1, 'pods'))} s
later than ${seconds(withinMs)} s: ${late.length}, of these not because the machine was busy: ${atFault.length}
findings: ${found}`);
  return found + atFault.length > 0 ? 1 : 0;
}

function quantile(rounds: readonly Round[], share: number, of: keyof Outage): number {
  const sorted = rounds.map(({ outage }) => outage[of]).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

void main().then((code) => process.exit(code));
