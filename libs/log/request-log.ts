import type { Pool } from 'pg';
import type { NamedQuery } from '#lib/log/database/queries';

/** `allowed` and answered; `unknown` who asks (401); `denied` by RBAC (403); `refused` for what was asked (other 4xx); `failed` (5xx). */
export type RequestVerdict = 'allowed' | 'unknown' | 'denied' | 'refused' | 'failed';

/** One request to the API and what became of it. */
export interface RequestRecord {
  /** Audit id; entries that the request wrote have it too. */
  readonly id: string;
  /** When it came, RFC 3339. */
  readonly at: string;
  readonly took_ms: number;
  readonly level: 'Metadata' | 'Request';
  readonly user_name: string;
  readonly groups: readonly string[];
  readonly impersonated_by?: string;
  readonly user_agent?: string;
  readonly address?: string;
  /** kubectl's own: `kubectl apply`. */
  readonly command?: string;
  readonly verb: string;
  /** `pods`, `deployments.apps`; '' when a path was asked for. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly code: number;
  readonly verdict: RequestVerdict;
  /** Of a refusal, as the client was told. */
  readonly reason?: string;
  readonly message?: string;
  /** The revision of the world that it was judged against. */
  readonly revision: number;
  /** What was sent, on level Request: JSON. */
  readonly body?: unknown;
  /** What admission had to say: changes by webhooks, policies that it would break. Upstream's audit annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Which records: those that pass everything that is given. */
export interface RequestFilter {
  readonly user?: string;
  readonly verb?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly id?: string;
  readonly verdict?: string;
  /** 403, or the first digit alone: 4. */
  readonly code?: number;
  /** RFC 3339 bounds on `at`, inclusive. */
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/** Where requests are recorded. */
export interface RequestLog {
  write(records: readonly RequestRecord[]): Promise<void>;
  /** The newest, newest first. */
  newest(filter: RequestFilter): Promise<readonly RequestRecord[]>;
  /** Drops what is older, and answers how many that were. */
  dropBefore(time: Date): Promise<number>;
}

const COLUMNS =
  'id, at, took_ms, level, user_name, groups, impersonated_by, user_agent, address, command, verb, resource, subresource, namespace, name, path, code, verdict, reason, message, revision, body, annotations';

/** One statement for a batch. It does not wait for the disk: a record may be lost with the machine, but no request waits for it. */
const WRITE: NamedQuery = {
  name: 'write_requests',
  text: `
    WITH lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
    INSERT INTO request (${COLUMNS})
    SELECT ${COLUMNS.replace('groups', 'ARRAY(SELECT json_array_elements_text(groups))')}
    FROM lazily, json_to_recordset($1::json) AS record (
      id text, at timestamptz, took_ms real, level text, user_name text, groups json, impersonated_by text, user_agent text, address text, command text,
      verb text, resource text, subresource text, namespace text, name text, path text, code int, verdict text, reason text, message text, revision bigint, body json, annotations json)`,
};

const CONDITIONS: Readonly<Record<Exclude<keyof RequestFilter, 'limit'>, (parameter: string) => string>> = {
  user: (p) => `user_name = ${p}`,
  verb: (p) => `verb = ${p}`,
  resource: (p) => `resource = ${p}`,
  namespace: (p) => `namespace = ${p}`,
  name: (p) => `name = ${p}`,
  id: (p) => `id = ${p}`,
  verdict: (p) => `verdict = ${p}`,
  code: (p) => `(code = ${p}::int OR (${p}::int < 10 AND code / 100 = ${p}::int))`,
  since: (p) => `at >= ${p}`,
  until: (p) => `at <= ${p}`,
};

/** In the table `request`. */
export class PostgresRequestLog implements RequestLog {
  constructor(private readonly pool: Pool) {}

  async write(records: readonly RequestRecord[]): Promise<void> {
    await this.pool.query({ ...WRITE, values: [JSON.stringify(records)] });
  }

  async newest({ limit, ...filter }: RequestFilter): Promise<readonly RequestRecord[]> {
    const values: unknown[] = [limit];
    const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [keyof typeof CONDITIONS, unknown][];
    const where = given.map(([field, value]) => CONDITIONS[field](`$${values.push(value)}`)).join(' AND ') || 'true';
    const { rows } = await this.pool.query<RequestRecord & { at: Date | string; revision: string | number }>(
      `SELECT ${COLUMNS} FROM request WHERE ${where} ORDER BY seq DESC LIMIT $1`,
      values,
    );
    return rows.map((row) => ({ ...row, at: new Date(row.at).toISOString(), revision: Number(row.revision) }));
  }

  async dropBefore(time: Date): Promise<number> {
    return (await this.pool.query('DELETE FROM request WHERE at < $1', [time])).rowCount ?? 0;
  }
}

/** In memory: the last ones. */
export class MemoryRequestLog implements RequestLog {
  private records: RequestRecord[] = [];

  /** @param kept how many */
  constructor(private readonly kept = 10_000) {}

  async write(records: readonly RequestRecord[]): Promise<void> {
    this.records = [...this.records, ...records].slice(-this.kept);
  }

  async newest({ limit, user, code, since, until, ...rest }: RequestFilter): Promise<readonly RequestRecord[]> {
    const passes = (record: RequestRecord): boolean =>
      (user === undefined || record.user_name === user) &&
      (code === undefined || record.code === code || Math.floor(record.code / 100) === code) &&
      (since === undefined || record.at >= new Date(since).toISOString()) &&
      (until === undefined || record.at <= new Date(until).toISOString()) &&
      Object.entries(rest).every(([field, value]) => value === undefined || record[field as keyof typeof rest] === value);
    return this.records.filter(passes).reverse().slice(0, limit);
  }

  async dropBefore(time: Date): Promise<number> {
    const before = this.records.length;
    this.records = this.records.filter(({ at }) => at >= time.toISOString());
    return before - this.records.length;
  }
}
