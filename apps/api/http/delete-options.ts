import { badRequest } from '#lib/api/errors';
import { decodeBody } from '#lib/schema/decode/body';
import { checkRemoveOptions, type RemoveOptions } from '../write/remove';
import { bodyOf, type Exchange } from './exchange';
import { dryRunOf } from './write.handler';

interface WireOptions extends RemoveOptions {
  readonly dryRun?: readonly string[];
  readonly orphanDependents?: boolean;
}

/** From the body or, without one, from the query. @throws ApiError 400. */
export async function removeOptionsOf(exchange: Exchange): Promise<{ options: RemoveOptions; dryRun: boolean }> {
  const body = await bodyOf(exchange.request);
  const wire = body.length > 0 ? fromBody(exchange, body) : fromQuery(exchange.query);
  checkRemoveOptions(wire);
  const { orphanDependents } = wire;
  const propagationPolicy = wire.propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background');
  return { options: { ...wire, propagationPolicy }, dryRun: dryRunOf([...(wire.dryRun ?? []), ...exchange.query.getAll('dryRun')]) };
}

function fromBody(exchange: Exchange, body: Buffer): WireOptions {
  const asked = { apiVersion: 'v1', kind: 'DeleteOptions' };
  const { object } = decodeBody(body, exchange.request.headers['content-type'], asked, 'Ignore');
  return object as unknown as WireOptions;
}

function fromQuery(query: URLSearchParams): WireOptions {
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^-?\d+$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  const orphan = query.get('orphanDependents');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(query.get('propagationPolicy') !== null && { propagationPolicy: query.get('propagationPolicy') as RemoveOptions['propagationPolicy'] }),
    ...(orphan !== null && { orphanDependents: orphan === 'true' || orphan === '1' }),
  };
}
