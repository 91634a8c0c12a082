import { IsBoolean, IsInt, Min } from 'class-validator';
import { asking } from '../ask';
import { FILTER_FLAGS, FilterOptions, filterQuery } from '../filter';
import { nameOf, printDocument, printTable, timeOf } from '../print';
import { defineVerb } from '../verb';

class LogOptions extends FilterOptions {
  @IsInt()
  @Min(0)
  after = 0;

  @IsInt()
  @Min(1)
  limit = 50;

  @IsBoolean()
  all = false;
}

interface Line {
  readonly revision: number;
  readonly at: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly actor: { readonly user: string };
  readonly request: { readonly verb: string; readonly subresource?: string; readonly command?: string };
  readonly decision?: { readonly controller: string };
  readonly cause: readonly number[];
  readonly summary: string;
}

/** Who changed what, when, and why. */
export const log = defineVerb<LogOptions>({
  name: 'log',
  usage: '[<kind>/<name>] [-n NAMESPACE] [--user U] [--verb V] [--since T] [--until T] [--limit N]',
  summary: 'List who changed what, when and why; the newest entries unless --after or --all',
  options: LogOptions,
  flags: {
    ...FILTER_FLAGS,
    after: { type: 'string', about: 'Only entries after this revision, oldest first' },
    limit: { type: 'string', about: 'At most so many entries (default 50)' },
    all: { type: 'boolean', about: 'No limit, oldest first' },
  },
  words: { min: 0, max: 2 },
  async run(options, words) {
    const query = queryOf(options, words);
    const newest = query.has('descending');
    const lines: Line[] = [];
    await asking(options.kubeconfig, async (client) => {
      for await (const line of client.lines<Line>(`/decklog/v1/log?${query}`)) lines.push(line);
    });
    if (newest) lines.reverse();
    if (options.output !== 'table') printDocument(options.output, lines);
    else printTable(['REVISION', 'TIME', 'BY', 'VERB', 'OBJECT', 'WHAT', 'BECAUSE OF'], lines.map(rowOf));
    return 0;
  },
});

function queryOf(options: LogOptions, words: readonly string[]): URLSearchParams {
  const query = filterQuery(options, words);
  if (!options.all) query.set('limit', String(options.limit));
  if (options.after > 0) query.set('after', String(options.after));
  else if (!options.all) query.set('descending', 'true');
  return query;
}

function rowOf(line: Line): string[] {
  const { verb, subresource, command } = line.request;
  return [
    String(line.revision),
    timeOf(line.at),
    line.decision?.controller ?? line.actor.user,
    subresource ? `${verb} ${subresource}` : verb,
    nameOf(line),
    command ? `${line.summary} (${command})` : line.summary,
    line.cause.length === 0 ? '-' : line.cause.slice(-3).join(','),
  ];
}
