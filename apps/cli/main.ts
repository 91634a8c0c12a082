#!/usr/bin/env node
import '#lib/loading/use';
import 'reflect-metadata';
import { details, overview } from './help';
import { parse, UserError } from './verb';
import { verbs } from './verbs';

async function main([name = 'help', ...args]: string[]): Promise<number> {
  if (name === 'help' || name === '--help' || name === '-h') return help(args[0]);
  const verb = verbs.find((candidate) => candidate.name === name);
  if (!verb) throw new UserError(`there is no verb "${name}"; see: decklog help`, 2);
  if (args.includes('--help') || args.includes('-h')) return help(name);
  const { options, words } = parse(verb, args);
  return verb.run(options, words);
}

function help(name: string | undefined): number {
  const verb = verbs.find((candidate) => candidate.name === name);
  if (name !== undefined && !verb) throw new UserError(`there is no verb "${name}"; see: decklog help`, 2);
  process.stdout.write(`${verb ? details(verb) : overview(verbs)}\n`);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof UserError;
    process.stderr.write(`decklog: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(known ? error.exitCode : 1);
  },
);
