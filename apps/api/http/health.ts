/** What the server knows of itself; each check answers undefined when all is well, or what is wrong. */
export interface Health {
  readonly checks: Readonly<Record<string, () => string | undefined | Promise<string | undefined>>>;
  shuttingDown(): boolean;
}

/** `/readyz`, `/readyz?verbose&exclude=log`, `/readyz/log`: the form of apiserver/pkg/server/healthz. */
export async function healthAnswer(
  health: Health,
  endpoint: 'livez' | 'readyz' | 'healthz',
  one: string,
  verbose: boolean,
  excluded: readonly string[] = [],
): Promise<{ code: number; body: string }> {
  const shutdown = endpoint === 'readyz' ? { shutdown: () => (health.shuttingDown() ? 'the server is stopping' : undefined) } : {};
  const ping = { ping: () => undefined };
  const checks: Health['checks'] = endpoint === 'livez' ? ping : { ...ping, ...health.checks, ...shutdown };
  if (one !== '') {
    const check = checks[one];
    if (!check) return { code: 404, body: '404 page not found\n' };
    const wrong = await check();
    return wrong === undefined ? { code: 200, body: 'ok' } : { code: 500, body: `internal server error: ${wrong}\n` };
  }
  const asked = Object.entries(checks).filter(([name]) => !excluded.includes(name));
  const wrongs = new Map(await Promise.all(asked.map(async ([name, check]) => [name, await check()] as const)));
  const results = Object.keys(checks).map((name) => ({ name, wrong: wrongs.get(name) }));
  const bad = results.some(({ wrong }) => wrong !== undefined);
  if (!bad && !verbose) return { code: 200, body: 'ok' };
  const lines = results.map(({ name, wrong }) => (wrong === undefined ? `[+]${name} ${wrongs.has(name) ? 'ok' : 'excluded: ok'}` : `[-]${name} failed: ${wrong}`));
  const unknown = excluded.filter((name) => !(name in checks));
  if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(', ')}`);
  return { code: bad ? 500 : 200, body: `${lines.join('\n')}\n${endpoint} check ${bad ? 'failed' : 'passed'}\n` };
}
