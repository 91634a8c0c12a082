import { methodNotAllowed } from '#lib/api/errors';
import { storedKind } from '#lib/api/kinds';
import { logClock } from '#lib/log/log-clock';
import { writeOptionsOf, type WriteOptions } from '../write/options';
import { APPLY_PATCH, patchTypeOf } from '../write/patch/patched';
import type { WriteRequest } from '../write/request';
import type { Exchange } from './exchange';
import { originOf } from './identity';
import type { ResourceRequest } from './resource';

const OPTIONS = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' } as const;

/** What the query string says about a write. @throws ApiError 422; 405 for verbs that are no writes. */
export function optionsOf(exchange: Exchange, { verb }: ResourceRequest): WriteOptions {
  if (verb !== 'create' && verb !== 'update' && verb !== 'patch') throw methodNotAllowed();
  return writeOptionsOf(exchange.query, OPTIONS[verb], verb === 'patch' && isApply(exchange));
}

/** Whether a patch is a configuration to be applied. @throws ApiError 415 for patches of a form that is not known. */
export const isApply = ({ request }: Exchange): boolean => patchTypeOf(request.headers['content-type']) === APPLY_PATCH;

/** What the client said in the query string, and nothing that he left to the server. */
function toldIn(query: URLSearchParams): object {
  const [fieldManager, fieldValidation] = [query.get('fieldManager'), query.get('fieldValidation')];
  return { ...(fieldManager && { fieldManager }), ...(fieldValidation && { fieldValidation }) };
}

/**
 * A write is about one namespace: `/api/v1/pods` can only be read. `options`: those of the client, when they are not in the query. @throws
 * ApiError 405.
 */
export function writeRequest(
  exchange: Exchange,
  request: ResourceRequest,
  dryRun: boolean,
  options = () => toldIn(exchange.query),
): WriteRequest {
  const { namespace, name, subresource, verb } = request;
  if (request.kind.namespaced && namespace === '') throw methodNotAllowed();
  return {
    kind: storedKind(request.kind),
    view: request.kind.storedAs && request.kind,
    namespace,
    name,
    subresource,
    origin: originOf(exchange, verb, subresource),
    user: exchange.user,
    now: logClock.date(),
    dryRun,
    warnings: exchange.warnings,
    annotations: exchange.annotations,
    options,
  };
}
