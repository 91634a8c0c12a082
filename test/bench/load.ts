import { Connection, type Answer, type Identity } from './connection';

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** What one request of a run is. */
export type Shot = (i: number) => { readonly method: string; readonly path: string; readonly body?: string };

/** Sends `count` requests over `connections` connections, each waiting for its answer before it sends the next. */
export async function fire(identity: Identity, connections: number, count: number, shot: Shot): Promise<Measured> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(identity)));
  const times: number[] = [];
  let next = 0;
  let failed = 0;
  const start = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (next < count) {
        const { method, path, body } = shot(next++);
        const sent = performance.now();
        const answer = await connection.request(method, path, body);
        times.push(performance.now() - sent);
        if (answer.status >= 400) failed += report(answer);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  open.forEach((connection) => connection.close());
  return { perSecond: count / seconds, p50: percentile(times, 0.5), p99: percentile(times, 0.99), failed };
}

let reported = false;

function report(answer: Answer): 1 {
  if (!reported) process.stderr.write(`bench: ${answer.status} ${answer.body.toString().slice(0, 300)}\n`);
  reported = true;
  return 1;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
