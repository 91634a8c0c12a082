import type { Access } from '../auth/authorizer';
import type { Exchange } from '../http/exchange';
import { announce } from '../http/head';
import type { ResourceTarget } from '../http/resource';
import type { FlowControl } from './flow-control';

/** What a request for a resource asks for, as flow schemas see it. */
export const accessTo = ({ group, resource, subresource, namespace }: ResourceTarget, verb: string): Access => ({
  verb,
  group,
  resource,
  subresource,
  namespace,
  name: '',
});

/**
 * Waits for the request's turn where there is one to wait for: undefined, which is nearly always, means go. Watches hold no seat: they
 * are quiet once they have begun. @throws ApiError 429, before anything was done.
 */
export function takeTurn(control: FlowControl, { user, response }: Exchange, access: Access): Promise<void> | undefined {
  if (!control.isBusy && !control.isTold) return undefined;
  const flow = control.flowOf(user, access);
  if (!flow) return undefined;
  announce(response, {
    'x-kubernetes-pf-flowschema-uid': flow.schema.metadata.uid,
    'x-kubernetes-pf-prioritylevel-uid': flow.level.config.metadata.uid,
  });
  if (!control.isBusy || access.verb === 'watch') return undefined;
  const seat = control.seat(flow);
  response.once('close', () => seat.leave());
  return seat.wait;
}
