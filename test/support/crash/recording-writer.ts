import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, Refused } from '#lib/client/client';
import type { KubeObject } from '#lib/api/meta';

/** What the server said it has written. */
export interface Acknowledged {
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
}

const LOOPS = 4;
const PAUSE_MS = 15;

/**
 * Creates ConfigMaps as fast as a few busy users, each name once: a request without an answer is never made again. So the log must hold
 * exactly one entry for every answer, and at most one for every request that got none.
 */
export class RecordingWriter {
  readonly acknowledged = new Map<string, Acknowledged>();
  /** Requests that got no answer, or one that leaves it open: they may have been carried out. */
  readonly unanswered: string[] = [];
  /** Answers that nobody should get, whatever dies. */
  readonly wrong: string[] = [];
  private stopped = false;
  private next = 0;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly client: Client,
    private readonly namespace: string,
  ) {
    this.loops = Array.from({ length: LOOPS }, () => this.loop());
  }

  /** Resolves when this many more have been acknowledged. */
  async progress(count: number): Promise<void> {
    const wanted = this.acknowledged.size + count;
    for (const deadline = Date.now() + 60_000; this.acknowledged.size < wanted; await sleep(20)) {
      if (Date.now() > deadline) throw new Error(`nothing was acknowledged for a minute: ${this.wrong.at(-1) ?? 'no answers'}`);
    }
  }

  /** Ends the loops and the client. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
    this.client.close();
  }

  private async loop(): Promise<void> {
    while (!this.stopped) {
      const name = `write-${this.next++}`;
      await this.create(name).catch((error: Error) => this.failed(name, error));
      await sleep(PAUSE_MS);
    }
  }

  private async create(name: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } };
    const { metadata } = await this.client.send<KubeObject>('POST', `/api/v1/namespaces/${this.namespace}/configmaps`, body);
    this.acknowledged.set(name, { name, uid: metadata.uid, revision: Number(metadata.resourceVersion) });
  }

  private failed(name: string, error: Error): void {
    if (error instanceof Refused && error.code !== 503 && error.code !== 504) this.wrong.push(`${name}: ${error.code} ${error.message}`);
    this.unanswered.push(name);
  }
}
