import { decodeBody } from '#lib/schema/decode/body';
import { flagOf, wholeNumberOf } from '../read/parameters';
import { dryRunErrors, refuse } from '../write/options';
import { removeOptionErrors, type RemoveOptions } from '../write/remove';
import { bodyOf, type Exchange } from './exchange';

/** metav1.DeleteOptions as clients send it. */
export interface WireOptions extends RemoveOptions {
  readonly dryRun?: readonly string[];
  readonly orphanDependents?: boolean;
}

/** From the body or, without one, from the query. @throws ApiError 400 and 422. */
export async function removeOptionsOf(exchange: Exchange): Promise<{ options: RemoveOptions; dryRun: boolean }> {
  const body = await bodyOf(exchange.request);
  return checked(body.length > 0 ? fromBody(exchange, body) : fromQuery(exchange.query), exchange.query);
}

/** What somebody asked for, checked; a dry run is one wherever it is asked for. @throws ApiError 422. */
export function checked(wire: WireOptions, query: URLSearchParams): { options: RemoveOptions; dryRun: boolean } {
  const dryRun = [...(wire.dryRun ?? []), ...query.getAll('dryRun')];
  refuse('DeleteOptions', [...removeOptionErrors(wire), ...dryRunErrors(dryRun)]);
  const { orphanDependents } = wire;
  const propagationPolicy =
    wire.propagationPolicy ?? (orphanDependents === undefined ? undefined : orphanDependents ? 'Orphan' : 'Background');
  return { options: { ...wire, propagationPolicy }, dryRun: dryRun.length > 0 };
}

/** The options as webhooks are told them. */
export const toldOf = ({ gracePeriodSeconds, preconditions, propagationPolicy, orphanDependents }: WireOptions): object => ({
  ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
  ...(preconditions && { preconditions }),
  ...(orphanDependents !== undefined ? { orphanDependents } : propagationPolicy && { propagationPolicy }),
});

function fromBody(exchange: Exchange, body: Buffer): WireOptions {
  const asked = { apiVersion: 'v1', kind: 'DeleteOptions' };
  const { object } = decodeBody(body, exchange.request.headers['content-type'], asked, 'Ignore');
  return object as unknown as WireOptions;
}

function fromQuery(query: URLSearchParams): WireOptions {
  const gracePeriodSeconds = wholeNumberOf(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy') ?? undefined;
  const orphanDependents = flagOf(query, 'orphanDependents');
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(policy !== undefined && { propagationPolicy: policy as RemoveOptions['propagationPolicy'] }),
    ...(orphanDependents !== undefined && { orphanDependents }),
  };
}
