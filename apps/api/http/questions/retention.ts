import { badRequest } from '#lib/api/errors';
import { bodyOf } from '../exchange';
import { applyRetention, previewRetention, resourcesOf, type Retention } from '../../keep/retention';
import { originOf } from '../identity';
import type { Question } from './question';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the command line sends: a RetentionPolicy, and whether it is only to be previewed. */
interface Sent {
  readonly resources?: Record<string, unknown>;
  readonly default?: unknown;
  readonly requests?: unknown;
  readonly reason?: unknown;
  readonly dryRun?: unknown;
}

/** Prunes what is older than a policy wants, or says what would be. Wants the verb `prune` on each of the resources: it is for ever. */
export const retention: Question = {
  method: 'POST',
  ofWhole: true,
  async answer(asked) {
    const sent = sentIn(await bodyOf(asked.exchange.request));
    const policy = retentionOf(sent);
    const wanted = [...resourcesOf(policy, asked.kernel.world), ...(policy.requests === undefined ? [] : ['requests.decklog.dev'])];
    for (const resource of wanted) asked.access.requireVerb('prune', { resource, namespace: '', name: '' });
    if (sent.dryRun === true)
      return asked.send({ prunings: await previewRetention(asked.kernel, policy, asked.now), partitions: [], requests: 0 });
    const reason = typeof sent.reason === 'string' && sent.reason !== '' ? sent.reason : 'retention';
    asked.send(await applyRetention(asked.kernel, originOf(asked.exchange, 'prune', undefined), policy, reason, asked.now));
  },
};

function sentIn(body: Buffer): Sent {
  try {
    const sent = JSON.parse(body.toString()) as unknown;
    if (typeof sent === 'object' && sent !== null && !Array.isArray(sent)) return sent;
  } catch {
    // told below
  }
  throw badRequest('the body is no retention policy');
}

function retentionOf({ resources = {}, default: rest = 'forever', requests = 'forever' }: Sent): Retention {
  if (typeof resources !== 'object' || resources === null) throw badRequest('resources: must name each resource with how long it is kept');
  const keep = new Map(Object.entries(resources).map(([resource, age]) => [resource, ageOf(`resources[${resource}]`, age)]));
  const kept = ageOf('requests', requests);
  return { keep, rest: ageOf('default', rest), ...(kept !== undefined && { requests: kept }) };
}

/** `90d`, `24h`, `15m`, `0s` or `forever`. */
function ageOf(field: string, text: unknown): number | undefined {
  if (text === 'forever') return undefined;
  const match = /^(\d+)([smhd])$/.exec(String(text));
  if (!match) throw badRequest(`${field}: ${JSON.stringify(text)} is no age: write 90d, 24h, 15m or forever`);
  return Number(match[1]) * (UNITS[match[2] as string] as number);
}
