import { badRequest } from '#lib/api/errors';
import type { Actor, RequestInfo } from '#lib/log/log';
import type { Origin } from '../write/writer';
import type { Authorizer, User } from '../auth/authorizer';
import type { Exchange, Incoming } from './exchange';
import { traceOf } from './request-span';

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)?.slice(0, MAX_TEXT);

/**
 * `Impersonate-*` headers: the user acts as somebody else when RBAC lets him. @throws ApiError 400 and 403. Mirrors
 * filters/impersonation.go.
 */
export function impersonated(user: User, request: Incoming, authorizer: Authorizer): User {
  const asked = wishOf(request);
  if (!asked) return user;
  const { name, uid, groups, extra } = asked;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const may = (group: string, resource: string, named: string, namespace = '', subresource?: string): void =>
    authorizer.require(user, { verb: 'impersonate', group, resource, subresource, namespace, name: named });
  if (account) may('', 'serviceaccounts', account[2] as string, account[1]);
  else may('', 'users', name);
  for (const group of groups) may('', 'groups', group);
  for (const [key, values] of Object.entries(extra)) for (const value of values) may(AUTHENTICATION, 'userextras', value, '', key);
  if (uid !== '') may(AUTHENTICATION, 'uids', uid);
  const implied = account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  const everybody = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  return {
    name,
    ...(uid !== '' && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
    groups: [...new Set([...groups, ...implied, everybody])],
  };
}

const AUTHENTICATION = 'authentication.k8s.io';

/** Whom the headers name. The raw ones: Node joins those that come more than once, and a group may have a comma. */
function wishOf({ rawHeaders }: Incoming): { name: string; uid: string; groups: string[]; extra: Record<string, string[]> } | undefined {
  const groups: string[] = [];
  const extra: Record<string, string[]> = {};
  let [name, uid, isAny] = ['', '', false];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = (rawHeaders[i] as string).toLowerCase();
    if (!header.startsWith('impersonate-')) continue;
    const value = rawHeaders[i + 1] as string;
    isAny = true;
    if (header === 'impersonate-user') name = value;
    else if (header === 'impersonate-uid') uid = value;
    else if (header === 'impersonate-group') groups.push(value);
    else if (header.startsWith(EXTRA)) (extra[unescaped(header.slice(EXTRA.length))] ??= []).push(value);
  }
  if (isAny && name === '') throw badRequest('requested uid, groups or extra without impersonating a user');
  return isAny ? { name, uid, groups, extra } : undefined;
}

const EXTRA = 'impersonate-extra-';

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** What a client says of itself is kept, but not at any length: it stands in every entry. */
const MAX_TEXT = 1024;

/** What the log keeps of a request. */
export function originOf(exchange: Exchange, verb: string, subresource: string | undefined): Origin {
  const { request, user, query } = exchange;
  const actor: Actor = {
    user: user.name,
    groups: user.groups,
    uid: user.uid || undefined,
    userAgent: one(request.headers['user-agent']) || undefined,
    address: request.socket.remoteAddress || undefined,
    impersonatedBy: exchange.impersonator || undefined,
  };
  const info: RequestInfo = {
    id: exchange.id,
    verb,
    subresource: subresource || undefined,
    fieldManager: query.get('fieldManager') || managerOf(one(request.headers['user-agent'])),
    command: one(request.headers['kubectl-command']) || undefined,
    session: one(request.headers['kubectl-session']) || undefined,
  };
  const trace = traceOf(request)?.slice(0, MAX_TEXT);
  return { actor, request: info, trace };
}

/** Upstream's default manager: the user agent up to the first slash. */
const managerOf = (agent: string | undefined): string => (agent ?? 'unknown').split('/')[0]?.slice(0, 128) || 'unknown';
