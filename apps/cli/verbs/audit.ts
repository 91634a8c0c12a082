import { IsInt, IsString, Max, Min } from 'class-validator';
import type { RequestRecord } from '#lib/log/request-log';
import { ASK_FLAGS, asking, AskOptions, objectOf } from '../ask';
import { nameOf, printDocument, printTable, timeOf } from '../print';
import { defineVerb, UserError } from '../verb';

class AuditOptions extends AskOptions {
  @IsString()
  namespace = '';

  @IsString()
  user = '';

  @IsString()
  verb = '';

  @IsString()
  verdict = '';

  @IsString()
  code = '';

  @IsString()
  since = '';

  @IsString()
  until = '';

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
    namespace: { type: 'string', short: 'n', about: 'Only in this namespace (with an object: default)' },
    user: { type: 'string', about: 'Only by this user' },
    verb: { type: 'string', about: 'Only this verb' },
    verdict: { type: 'string', about: 'Only allowed, denied, refused, failed, or unknown (not authenticated)' },
    code: { type: 'string', about: 'Only this code of the answer: 403, or 4xx for all of them' },
    since: { type: 'string', about: 'Only from this RFC 3339 time on' },
    until: { type: 'string', about: 'Only up to this RFC 3339 time' },
    limit: { type: 'string', about: 'At most so many, the newest (default 50)' },
    ...ASK_FLAGS,
  },
  words: { min: 0, max: 2 },
  async run(options, words) {
    const records = await asking(options.kubeconfig, (client) => client.get<RequestRecord[]>(`/decklog/v1/audit?${queryOf(options, words)}`));
    records.reverse();
    if (options.output !== 'table') printDocument(options.output, records);
    else printTable(['TIME', 'BY', 'VERB', 'OBJECT', 'CODE', 'VERDICT', 'MS', 'REVISION', 'WHY'], records.map(rowOf));
    return 0;
  },
});

function queryOf(options: AuditOptions, words: readonly string[]): URLSearchParams {
  const query = new URLSearchParams({ limit: String(options.limit) });
  for (const field of ['namespace', 'user', 'verb', 'verdict', 'since', 'until'] as const) if (options[field] !== '') query.set(field, options[field]);
  if (options.code !== '') query.set('code', codeIn(options.code));
  if (words.length === 0) return query;
  const { kind, name } = objectOf(words);
  query.set('resource', kind.resource);
  query.set('name', name);
  query.set('namespace', kind.namespaced ? options.namespace || 'default' : '');
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
  return [timeOf(at), by, subresource ? `${verb} ${subresource}` : verb, object, String(code), verdict, took_ms.toFixed(1), String(revision), message ?? '-'];
}
