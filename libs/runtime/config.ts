/** Settings of a controller in a process of its own. */
export interface RuntimeConfig {
  readonly DATABASE_URL: string;
  readonly NATS_URL: string;
  /** Port of `/healthz`, `/readyz` and `/metrics`. Default: none. */
  readonly HEALTH_PORT?: number;
}

/**
 * Reads them from the environment. By hand: class-validator is 300 modules, a tenth of what the start of a controller costs.
 * @throws Error with one line that names every wrong setting.
 */
export function readConfig(env: NodeJS.ProcessEnv): RuntimeConfig {
  const { DATABASE_URL = '', NATS_URL = '', HEALTH_PORT } = env;
  const port = HEALTH_PORT === undefined ? undefined : Number(HEALTH_PORT);
  const problems = [
    ...(DATABASE_URL === '' ? ['DATABASE_URL must name a database'] : []),
    ...(NATS_URL === '' ? ['NATS_URL must name a NATS server'] : []),
    ...(port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)
      ? []
      : ['HEALTH_PORT must be a number from 1 to 65535']),
  ];
  if (problems.length > 0) throw new Error(problems.join('; '));
  return { DATABASE_URL, NATS_URL, HEALTH_PORT: port };
}
