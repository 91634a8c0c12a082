import { Client } from 'pg';
import type { Acknowledged } from './recording-writer';
import type { Seen } from './recording-watcher';

/** Revisions whose hash does not follow from the one before: the statement of libs/log/README.md, which needs none of our code. */
const DAMAGED = `
  SELECT revision FROM (
    SELECT *, lag(hash, 1, decode(repeat('0', 64), 'hex')) OVER (ORDER BY revision) AS before FROM event) AS e
  WHERE hash <> sha256(before || convert_to(
    pg_temp.f(revision::text) || pg_temp.f(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) || pg_temp.f(type) ||
    pg_temp.f(resource) || pg_temp.f(namespace) || pg_temp.f(name) || pg_temp.f(uid) || pg_temp.f(object::text) ||
    pg_temp.f(actor::text) || pg_temp.f(request::text) || pg_temp.f(cause::text) || pg_temp.f(decision::text) || pg_temp.f(trace), 'UTF8'))`;

const NETSTRING = `CREATE FUNCTION pg_temp.f(t text) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(octet_length(t) || ':' || t || ',', '-,') $$`;

/** Reads the log straight from its table, past everything that is ours. */
export class LogAudit {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<LogAudit> {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    return new LogAudit(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** What is wrong with the log as a whole: holes, a head that disagrees, a broken chain, time that runs backwards. */
  async damage(): Promise<string[]> {
    await this.client.query(`DROP FUNCTION IF EXISTS pg_temp.f; ${NETSTRING}`);
    const [bounds] = await this.rows<Record<'count' | 'first' | 'last' | 'head', number>>(
      `SELECT count(*)::int AS count, min(revision)::int AS first, max(revision)::int AS last, (SELECT revision::int FROM head) AS head FROM event`,
    );
    if (!bounds) return ['there is no answer'];
    const { count, first, last, head } = bounds;
    const broken = await this.rows<{ revision: string }>(DAMAGED);
    const backwards = await this.rows<{ revision: string }>(
      `SELECT revision FROM (SELECT revision, at, lag(at) OVER (ORDER BY revision) AS before FROM event) AS e WHERE at < before`,
    );
    return [
      ...(first === 1 && last === count && head === last ? [] : [`${count} rows from ${first} to ${last}, head at ${head}`]),
      ...broken.map(({ revision }) => `revision ${revision} does not follow from the one before`),
      ...backwards.map(({ revision }) => `revision ${revision} is older than the one before`),
    ];
  }

  /** Acknowledged writes that are not in the log as they were acknowledged, and names that were written more than once. */
  async unkept(namespace: string, acknowledged: Iterable<Acknowledged>): Promise<string[]> {
    const rows = await this.rows<Acknowledged>(
      `SELECT name, uid, revision::int FROM event WHERE resource = 'configmaps' AND namespace = $1 AND name LIKE 'write-%'`,
      namespace,
    );
    const byName = new Map<string, { uid: string; revision: number }[]>();
    for (const { name, uid, revision } of rows) byName.set(name, [...(byName.get(name) ?? []), { uid, revision }]);
    const repeated = [...byName].filter(([, all]) => all.length > 1).map(([name, all]) => `${name} was written ${all.length} times`);
    const lost = [...acknowledged].flatMap(({ name, uid, revision }) => {
      const [row] = byName.get(name) ?? [];
      return row && row.uid === uid && row.revision === revision ? [] : [`${name} was acknowledged at ${revision}, the log has ${row?.revision ?? 'nothing'}`];
    });
    return [...repeated, ...lost];
  }

  /** The entries of one list after a revision, as a watch must have shown them. */
  async changes(resource: string, namespace: string, after: number): Promise<Seen[]> {
    const rows = await this.rows<Seen>(
      `SELECT type, name, revision::int FROM event WHERE resource = $1 AND namespace = $2 AND revision > $3 ORDER BY revision`,
      resource,
      namespace,
      after,
    );
    return rows.map(({ type, name, revision }) => ({ type, name, revision }));
  }

  /** How many pods were ever made in a namespace and removed from it, and the most starts of a container that one of them ever showed. */
  async podsEver(namespace: string): Promise<{ readonly made: number; readonly removed: number; readonly starts: number }> {
    const [row] = await this.rows<{ made: number; removed: number; starts: number }>(
      `SELECT sum(made)::int AS made, sum(removed)::int AS removed, max(starts)::int AS starts FROM (
         SELECT count(*) FILTER (WHERE type = 'ADDED') AS made, count(*) FILTER (WHERE type = 'DELETED') AS removed,
                count(DISTINCT object #>> '{status,containerStatuses,0,state,running,startedAt}') AS starts
         FROM event WHERE resource = 'pods' AND namespace = $1 GROUP BY uid) AS pod`,
      namespace,
    );
    if (!row) throw new Error('there is no answer');
    return row;
  }

  /** Entries of controllers that do not say which earlier entry they come from. */
  async causeless(): Promise<string[]> {
    const rows = await this.rows<{ revision: number; resource: string; name: string; controller: string; cause: string }>(
      `SELECT revision::int, resource, name, decision ->> 'controller' AS controller, cause::text FROM event
       WHERE decision IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(cause) AS one WHERE one < revision)`,
    );
    return rows.map(({ revision, resource, name, controller, cause }) => `${revision} ${controller} ${resource} ${name} ${cause}`);
  }

  /** For people: what each connection does or waits for. */
  async activity(): Promise<string[]> {
    const rows = await this.rows<{ text: string }>(
      `SELECT concat_ws(' ', pid, state, wait_event_type, wait_event, now() - xact_start, left(query, 120)) AS text
       FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (state <> 'idle' OR wait_event_type = 'Lock')`,
    );
    return rows.map(({ text }) => `PostgreSQL: ${text}`);
  }

  private async rows<R extends object>(text: string, ...values: unknown[]): Promise<R[]> {
    return (await this.client.query<R>(text, values)).rows;
  }
}
