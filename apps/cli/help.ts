import { type AnyVerb, dashed, flagsOf } from './verb';

/** What `decklog help` prints. */
export function overview(verbs: readonly AnyVerb[]): string {
  const width = Math.max(...verbs.map((verb) => verb.name.length), 'help'.length);
  const lines = verbs.map((verb) => `  ${verb.name.padEnd(width)}  ${verb.summary}`);
  return ['Usage: decklog <verb> [flags]', '', ...lines, `  ${'help'.padEnd(width)}  This list, or one verb: decklog help <verb>`].join(
    '\n',
  );
}

/** What `decklog help <verb>` prints. */
export function details(verb: AnyVerb): string {
  const flags = flagsOf(verb).map(([field, flag]) => ({
    name: `${flag.short ? `-${flag.short}, ` : ''}--${dashed(field)}${flag.type === 'string' ? ' VALUE' : ''}`,
    about: flag.env ? `${flag.about} [${flag.env}]` : flag.about,
  }));
  const width = Math.max(0, ...flags.map(({ name }) => name.length));
  const lines = flags.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`);
  return [`Usage: decklog ${verb.name} ${verb.usage}`.trimEnd(), '', verb.summary, ...(lines.length ? ['', ...lines] : [])].join('\n');
}
