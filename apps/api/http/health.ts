import { family, labelsOf } from './metrics-text';

/** How the checks of one name and endpoint came out. */
interface Outcomes {
  success: number;
  error: number;
  isWell: boolean;
}

const outcomes = new Map<string, Outcomes & { readonly name: string; readonly type: string }>();

function count(name: string, type: string, isWell: boolean): void {
  const key = `${type}/${name}`;
  let known = outcomes.get(key);
  if (!known) outcomes.set(key, (known = { name, type, success: 0, error: 0, isWell }));
  known[isWell ? 'success' : 'error']++;
  known.isWell = isWell;
}

/** `/metrics/slis`: how the checks came out that somebody asked for, and nothing else. Mirrors component-base/metrics/prometheus/slis. */
export function healthMetrics(): string {
  const all = [...outcomes.values()].sort((a, b) => (`${a.name} ${a.type}` < `${b.name} ${b.type}` ? -1 : 1));
  if (all.length === 0) return '';
  const last = all.map(({ name, type, isWell }) => `${labelsOf({ name, type })} ${isWell ? 1 : 0}`);
  const totals = all.flatMap(({ name, type, ...each }) =>
    (['error', 'success'] as const)
      .filter((status) => each[status] > 0)
      .map((status) => `${labelsOf({ name, type, status })} ${each[status]}`),
  );
  return `${[
    family('kubernetes_healthcheck', 'gauge', '[STABLE] This metric records the result of a single healthcheck.', last),
    family('kubernetes_healthchecks_total', 'counter', '[STABLE] This metric records the results of all healthcheck.', totals),
  ].join('\n')}\n`;
}

/** What the server knows of itself; each check answers undefined when all is well, or what is wrong. */
export interface Health {
  readonly checks: Readonly<Record<string, () => string | undefined | Promise<string | undefined>>>;
  shuttingDown(): boolean;
}

/** Where the health of the server is asked for. */
export const ENDPOINTS = ['healthz', 'livez', 'readyz'] as const;
/** One of them. */
export type HealthEndpoint = (typeof ENDPOINTS)[number];

/** What is looked at there; each is also a path of its own. */
export function checksOf(health: Health, endpoint: HealthEndpoint): Health['checks'] {
  const ping = { ping: () => undefined };
  if (endpoint === 'livez') return ping;
  if (endpoint === 'healthz') return { ...ping, ...health.checks };
  return { ...ping, ...health.checks, shutdown: () => (health.shuttingDown() ? 'the server is stopping' : undefined) };
}

/** `/readyz`, `/readyz?verbose&exclude=log`, `/readyz/log`: the form of apiserver/pkg/server/healthz. */
export async function healthAnswer(
  health: Health,
  endpoint: HealthEndpoint,
  one: string,
  verbose: boolean,
  excluded: readonly string[] = [],
): Promise<{ code: number; body: string }> {
  const checks = checksOf(health, endpoint);
  if (one !== '') {
    const check = checks[one];
    if (!check) return { code: 404, body: '404 page not found\n' };
    const wrong = await check();
    return wrong === undefined ? { code: 200, body: 'ok' } : { code: 500, body: `internal server error: ${wrong}\n` };
  }
  const asked = Object.entries(checks).filter(([name]) => !excluded.includes(name));
  const wrongs = new Map(await Promise.all(asked.map(async ([name, check]) => [name, await check()] as const)));
  for (const [name, wrong] of wrongs) count(name, endpoint, wrong === undefined);
  const results = Object.keys(checks).map((name) => ({ name, wrong: wrongs.get(name) }));
  const bad = results.some(({ wrong }) => wrong !== undefined);
  if (!bad && !verbose) return { code: 200, body: 'ok' };
  const lines = results.map(({ name, wrong }) =>
    wrong === undefined ? `[+]${name} ${wrongs.has(name) ? 'ok' : 'excluded: ok'}` : `[-]${name} failed: ${wrong}`,
  );
  const unknown = excluded.filter((name) => !(name in checks));
  if (unknown.length > 0)
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(', ')}`);
  return { code: bad ? 500 : 200, body: `${lines.join('\n')}\n${endpoint} check ${bad ? 'failed' : 'passed'}\n` };
}
