/** `npm run fuzz -- [--inputs 1000000] [--seed 1] [--target words of its name]` */
import { parseArgs } from 'node:util';
import { fuzz, type Outcome } from './run';
import { pureTargets } from './targets';
import { WholeServer } from './targets/whole';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, target: { type: 'string', default: '' } },
});

async function main(inputs: number, seed: number, only: string): Promise<number> {
  const whole = await WholeServer.start();
  const targets = [...pureTargets, ...whole.targets()].filter(({ name }) => name.includes(only));
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const outcomes: Outcome[] = [];
  for (const target of targets) {
    const outcome = await fuzz(target, Math.ceil((inputs * target.share) / shares), seed);
    outcomes.push(outcome);
    process.stdout.write(
      `${outcome.target.padEnd(50)} ${String(outcome.inputs).padStart(9)} inputs, ${((100 * outcome.taken) / outcome.inputs).toFixed(0).padStart(3)} % taken, ${outcome.perSecond.toFixed(0).padStart(6)}/s, ${outcome.faults.length} faults\n`,
    );
    for (const fault of outcome.faults) process.stdout.write(`  ${fault}\n`);
  }
  const altered = whole.server.altered();
  const faults = outcomes.reduce((sum, outcome) => sum + outcome.faults.length, altered.length);
  process.stdout.write(
    `${outcomes.reduce((sum, outcome) => sum + outcome.inputs, 0)} inputs with seed ${seed}: ${faults} faults${altered.length > 0 ? `; altered: ${altered.join(', ')}` : ''}\n`,
  );
  await whole.close();
  return faults === 0 ? 0 : 1;
}

void main(Number(values.inputs), Number(values.seed), values.target).then((code) => process.exit(code));
