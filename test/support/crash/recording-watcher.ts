import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, Refused } from '#lib/client/client';
import type { KubeObject } from '#lib/api/meta';

/** One line of a watch. */
export interface Seen {
  readonly type: string;
  readonly name: string;
  readonly revision: number;
}

interface Line {
  readonly type: string;
  readonly object: KubeObject;
}

/** Watches a list as an informer does: from a revision on, and after a break from the last revision it has seen. */
export class RecordingWatcher {
  readonly seen: Seen[] = [];
  /** Answers that nobody should get who resumes. */
  readonly wrong: string[] = [];
  breaks = 0;
  private stopped = false;
  private readonly ended: Promise<void>;

  /** `client` is used by nobody else and closed with it. */
  constructor(
    private readonly client: Client,
    private readonly path: string,
    readonly from: number,
  ) {
    this.ended = this.run();
  }

  get revision(): number {
    return this.seen.at(-1)?.revision ?? this.from;
  }

  /** Resolves when it has seen this revision of its list. */
  async reach(revision: number): Promise<void> {
    for (const deadline = Date.now() + 30_000; this.revision < revision; await sleep(20)) {
      if (Date.now() > deadline) throw new Error(`the watch of ${this.path} is at ${this.revision} and does not reach ${revision}: ${this.wrong.at(-1) ?? ''}`);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.client.close();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        for await (const line of this.client.lines<Line>(`${this.path}?watch=true&resourceVersion=${this.revision}`)) this.take(line);
      } catch (error) {
        if (error instanceof Refused && error.code !== 503) this.wrong.push(`${error.code} ${error.message}`);
      }
      this.breaks++;
      if (!this.stopped) await sleep(50);
    }
  }

  private take({ type, object }: Line): void {
    if (type === 'ERROR') this.wrong.push(JSON.stringify(object));
    else this.seen.push({ type, name: object.metadata.name, revision: Number(object.metadata.resourceVersion) });
  }
}
