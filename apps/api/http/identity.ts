import type { Actor, RequestInfo } from '#lib/log/log';
import type { Origin } from '../write/writer';
import type { Authorizer, User } from '../auth/authorizer';
import type { Exchange, Incoming } from './exchange';

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** `Impersonate-*` headers: the user acts as somebody else when RBAC lets him. @throws ApiError 403. */
export function impersonated(user: User, request: Incoming, authorizer: Authorizer): User {
  const name = one(request.headers['impersonate-user']);
  if (name === undefined) return user;
  const groups = [request.headers['impersonate-group'] ?? []].flat().flatMap((text) => text.split(',')).map((text) => text.trim());
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const may = (resource: string, namespace: string, named: string): void =>
    authorizer.require(user, { verb: 'impersonate', group: '', resource, namespace, name: named });
  if (account) may('serviceaccounts', account[1] as string, account[2] as string);
  else may('users', '', name);
  for (const group of groups) may('groups', '', group);
  const implied = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  return { name, groups: [...new Set([...groups, ...implied, 'system:authenticated'])] };
}

/** What the log keeps of a request. */
export function originOf(exchange: Exchange, verb: string, subresource: string | undefined): Origin {
  const { request, user, query } = exchange;
  const actor: Actor = {
    user: user.name,
    groups: user.groups,
    ...(user.uid && { uid: user.uid }),
    ...(one(request.headers['user-agent']) && { userAgent: one(request.headers['user-agent']) }),
    ...(request.socket.remoteAddress && { address: request.socket.remoteAddress }),
    ...(exchange.impersonator && { impersonatedBy: exchange.impersonator }),
  };
  const info: RequestInfo = {
    id: exchange.id,
    verb,
    ...(subresource && { subresource }),
    fieldManager: query.get('fieldManager') || managerOf(one(request.headers['user-agent'])),
    ...(one(request.headers['kubectl-command']) && { command: one(request.headers['kubectl-command']) }),
    ...(one(request.headers['kubectl-session']) && { session: one(request.headers['kubectl-session']) }),
  };
  const trace = one(request.headers['traceparent']);
  return { actor, request: info, ...(trace && { trace }) };
}

/** Upstream's default manager: the user agent up to the first slash. */
const managerOf = (agent: string | undefined): string => (agent ?? 'unknown').split('/')[0]?.slice(0, 128) || 'unknown';
