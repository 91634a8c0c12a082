import { Request } from '#lib/api/decklog/request';
import type { RequestRecord } from '#lib/log/request-log';
import type { View, ViewQuery } from './views';

const ASKED = {
  user: 'user',
  verb: 'verb',
  resource: 'resource',
  namespace: 'namespace',
  name: 'name',
  verdict: 'verdict',
  'metadata.name': 'id',
} as const;

/** `kubectl get requests.decklog.dev`: what the audit policy had recorded. It speaks of everybody, so it wants `history` on everything. */
export const requests: View = {
  kind: Request,
  newest: async (query) => (await recorded(query, query.limit)).map(requestOf).reverse(),
  one: async (query, id) => (await recorded(query, 1, { id })).map(requestOf)[0],
};

/** What waits to be written is written before. */
async function recorded(
  { kernel, access, fields, upTo }: ViewQuery,
  limit: number,
  more: { id?: string } = {},
): Promise<readonly RequestRecord[]> {
  access.requireVerb('history', { resource: '*.*', namespace: '', name: '' });
  await kernel.auditor.trail.flush();
  const asked = Object.entries(ASKED).flatMap(([field, as]) => {
    const value = fields.exact(field);
    return value ? [[as, value] as const] : [];
  });
  const code = fields.exact('code');
  const until = upTo < kernel.world.revision ? { until: (await kernel.past.timeOf(upTo)).toISOString() } : {};
  return kernel.keeper.requests.newest({ ...Object.fromEntries(asked), ...(code && { code: Number(code) }), ...until, ...more, limit });
}

function requestOf(record: RequestRecord): Request {
  const {
    id,
    at,
    level,
    user_name,
    groups,
    impersonated_by,
    user_agent,
    address,
    command,
    verb,
    resource,
    subresource,
    namespace,
    name,
    path,
    revision,
  } = record;
  const { code, verdict, reason, message, took_ms } = record;
  return {
    apiVersion: Request.apiVersion,
    kind: 'Request',
    metadata: { name: id, uid: id, resourceVersion: String(revision), creationTimestamp: at.replace(/\.\d+Z$/, 'Z') },
    spec: {
      level,
      user: user_name,
      groups,
      ...(impersonated_by && { impersonatedBy: impersonated_by }),
      ...(user_agent && { userAgent: user_agent }),
      ...(address && { address }),
      ...(command && { command }),
      verb,
      ...(resource && { resource }),
      ...(subresource && { subresource }),
      ...(namespace && { namespace }),
      ...(name && { name }),
      path,
      revision,
    },
    status: { code, verdict, ...(reason && { reason }), ...(message && { message }), tookMilliseconds: took_ms },
  };
}
