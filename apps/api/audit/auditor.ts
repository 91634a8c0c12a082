import type { ApiError } from '#lib/api/errors';
import type { RequestRecord, RequestVerdict } from '#lib/log/request-log';
import type { User } from '../auth/authorizer';
import { bodyListeners, type Exchange, type Incoming, type Outgoing } from '../http/exchange';
import { verbOf, type ResourceTarget } from '../http/resource';
import type { Target } from '../http/target';
import { levelOf, type Asked, type AuditPolicy, type Level } from './policy';
import type { AuditTrail } from './trail';

/** A larger body is left out. */
const MAX_BODY_BYTES = 64 * 1024;

/** Bodies that hold secrets are never recorded. */
const SECRET = new Set(['secrets', 'serviceaccounts/token', 'tokenreviews.authentication.k8s.io']);

/** Follows one request to its end. */
export interface Followed {
  /** Called once it is known who asks, before anything else is. */
  by(user: User): void;
  /** Called once it is known what he asks for, and as whom. */
  about(exchange: Exchange, target: Target): void;
  /** Called when it is refused. */
  refused(error: ApiError): void;
}

/** Decides which requests are recorded, and with how much. */
export class Auditor {
  constructor(
    readonly trail: AuditTrail,
    private readonly policy: AuditPolicy,
    /** The revision of the world. */
    private readonly revision: () => number,
  ) {}

  follow(request: Incoming, response: Outgoing, id: string): Followed {
    const came = Date.now();
    const started = performance.now();
    const known: { user?: User; exchange?: Exchange; asked?: Asked; name?: string; level?: Level; revision?: number; error?: ApiError; body?: Buffer } = {};
    const { policy, trail, revision } = this;
    response.once('close', () => {
      const { user, exchange, asked = NOTHING, name = '', error, body } = known;
      const code = response.statusCode;
      const level = known.level && known.level !== 'None' ? known.level : code === 401 || code === 403 ? policy.denials : 'None';
      if (level === 'None') return;
      const at = new Date(came).toISOString();
      const path = exchange?.path ?? (request.url ?? '/').replace(/\?.*/, '');
      const base = { id, at, took_ms: performance.now() - started, level, code, verdict: verdictOf(code), revision: known.revision ?? revision(), path, name };
      trail.add({ ...base, ...askedFor(asked), ...who(request, exchange, user), ...why(error), ...(body && { body: jsonOf(body) }) });
    });
    return {
      by: (user) => void (known.user = user),
      about(exchange, target) {
        known.exchange = exchange;
        known.asked = askedOf(exchange, target);
        known.name = target.what === 'resource' ? target.name : '';
        known.level = levelOf(policy, known.asked);
        known.revision = exchange.past ?? revision();
        if (known.level === 'Request' && !SECRET.has(resourceOf(known.asked))) bodyListeners.set(request, (body) => (known.body = body.length <= MAX_BODY_BYTES ? body : undefined));
      },
      refused(error) {
        known.error = error;
        known.revision = known.exchange?.past ?? revision();
      },
    };
  }
}

const NOTHING: Asked = { user: '', groups: [], verb: '', group: '', resource: '', subresource: '', namespace: '', path: '' };

function askedOf(exchange: Exchange, target: Target): Asked {
  const { user, path, method } = exchange;
  const from = { user: user.name, groups: user.groups, path };
  if (target.what !== 'resource' || target.resource === '') return { ...NOTHING, ...from, verb: method.toLowerCase() };
  const { group, resource, subresource, namespace } = target;
  return { ...from, verb: verbIn(exchange, target), group, resource, subresource, namespace };
}

/** A method that makes no sense is recorded as it came. */
function verbIn(exchange: Exchange, target: ResourceTarget): string {
  try {
    return verbOf(exchange, target);
  } catch {
    return exchange.method.toLowerCase();
  }
}

/** The name in the log: `deployments.apps`; with the subresource where that alone says it. */
function resourceOf({ group, resource, subresource }: Asked): string {
  const whole = group === '' ? resource : `${resource}.${group}`;
  return SECRET.has(`${whole}/${subresource}`) ? `${whole}/${subresource}` : whole;
}

const askedFor = ({ verb, group, resource, subresource, namespace }: Asked) => ({
  verb,
  resource: group === '' ? resource : `${resource}.${group}`,
  subresource,
  namespace,
});

function who({ headers, socket }: Incoming, exchange: Exchange | undefined, user: User | undefined): Pick<RequestRecord, 'user_name' | 'groups'> & Partial<RequestRecord> {
  const one = (name: string): string | undefined => [headers[name] ?? []].flat()[0];
  return {
    user_name: (exchange?.user ?? user)?.name ?? '',
    groups: (exchange?.user ?? user)?.groups ?? [],
    impersonated_by: exchange?.impersonator,
    user_agent: one('user-agent'),
    address: socket?.remoteAddress,
    command: one('kubectl-command'),
  };
}

const why = (error: ApiError | undefined): Partial<RequestRecord> => (error ? { reason: error.reason, message: error.message } : {});

const verdictOf = (code: number): RequestVerdict => (code < 400 ? 'allowed' : code === 401 ? 'unknown' : code === 403 ? 'denied' : code < 500 ? 'refused' : 'failed');

/** A body that is no JSON is left out. */
function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
