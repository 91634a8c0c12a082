import { IsInt, IsString, Max, Min } from 'class-validator';
import type { RequestRecord } from '#lib/log/request-log';
import { asking } from '../ask';
import { FILTER_FLAGS, FilterOptions, filterQuery } from '../filter';
import { nameOf, printDocument, printTable, timeOf } from '../print';
import { defineVerb, UserError } from '../verb';

class AuditOptions extends FilterOptions {
  @IsString()
  verdict = '';

  @IsString()
  code = '';

  @IsInt()
  @Min(1)
  @Max(100_000)
  limit = 50;
}

/** What was asked of the API and what became of it: also what was refused, which is nowhere in the log. */
export const audit = defineVerb<AuditOptions>({
  name: 'audit',
  usage: '[<kind>/<name>] [-n NAMESPACE] [--user U] [--verb V] [--code 403|4xx] [--verdict denied] [--since T] [--until T]',
  summary: 'List requests with their verdict, also those that were denied or refused and so are not in the log',
  options: AuditOptions,
  flags: {
    ...FILTER_FLAGS,
    verdict: { type: 'string', about: 'Only allowed, denied, refused, failed, or unknown (not authenticated)' },
    code: { type: 'string', about: 'Only this code of the answer: 403, or 4xx for all of them' },
    limit: { type: 'string', about: 'At most so many, the newest (default 50)' },
  },
  words: { min: 0, max: 2 },
  async run(options, words) {
    const records = await asking(options.kubeconfig, (client) =>
      client.get<RequestRecord[]>(`/decklog/v1/audit?${queryOf(options, words)}`),
    );
    records.reverse();
    if (options.output !== 'table') printDocument(options.output, records);
    else printTable(['TIME', 'BY', 'VERB', 'OBJECT', 'CODE', 'VERDICT', 'MS', 'REVISION', 'WHY'], records.map(rowOf));
    return 0;
  },
});

function queryOf(options: AuditOptions, words: readonly string[]): URLSearchParams {
  const query = filterQuery(options, words);
  query.set('limit', String(options.limit));
  if (options.verdict !== '') query.set('verdict', options.verdict);
  if (options.code !== '') query.set('code', codeIn(options.code));
  return query;
}

function codeIn(text: string): string {
  const [, code = ''] = /^(\d\d\d|[1-5](?=xx$))/.exec(text) ?? [];
  if (code === '') throw new UserError(`audit: ${JSON.stringify(text)} is no code: write 403 or 4xx`, 2);
  return code;
}

function rowOf(record: RequestRecord): string[] {
  const { at, user_name, command, verb, subresource, resource, namespace, name, path, code, verdict, took_ms, revision, message } = record;
  const object = resource === '' ? path : nameOf({ resource, namespace, name: name === '' ? '*' : name });
  const by = command ? `${user_name || '?'} (${command})` : user_name || '?';
  return [
    timeOf(at),
    by,
    subresource ? `${verb} ${subresource}` : verb,
    object,
    String(code),
    verdict,
    took_ms.toFixed(1),
    String(revision),
    message ?? '-',
  ];
}
