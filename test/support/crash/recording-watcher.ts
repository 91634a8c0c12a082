import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, Refused } from '#lib/client/client';
import type { KubeObject } from '#lib/api/meta';

const LOOK_EVERY_MS = 20;
const WITHIN_MS = 30_000;

/** One line of a watch. */
export interface Seen {
  readonly type: string;
  readonly name: string;
  readonly revision: number;
}

/** When a watch was asked for, or ended, and where it stood. Milliseconds of `performance.now()`. */
export interface Turn {
  readonly at: number;
  readonly what: string;
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
  /** For the story of a finding. */
  readonly turns: Turn[] = [];
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

  /**
   * Resolves when it has seen this revision of its list. Time in which this process was stopped does not count: the cluster may have been,
   * too.
   */
  async reach(revision: number): Promise<void> {
    for (let looks = 0; this.revision < revision; await sleep(LOOK_EVERY_MS)) {
      if (looks++ > WITHIN_MS / LOOK_EVERY_MS)
        throw new Error(`the watch of ${this.path} is at ${this.revision} and does not reach ${revision}: ${this.wrong.at(-1) ?? ''}`);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.client.close();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.turn(`asks from ${this.revision} on`);
      try {
        for await (const line of this.client.lines<Line>(`${this.path}?watch=true&resourceVersion=${this.revision}`)) this.take(line);
        this.turn(`was ended at ${this.revision}`);
      } catch (error) {
        this.turn(`broke off at ${this.revision}: ${(error as Error).message}`);
        if (error instanceof Refused && error.code !== 503) this.wrong.push(`${error.code} ${error.message}`);
      }
      this.breaks++;
      if (!this.stopped) await sleep(50);
    }
  }

  private turn(what: string): void {
    this.turns.push({ at: performance.now(), what });
  }

  private take({ type, object }: Line): void {
    if (type === 'ERROR') this.wrong.push(JSON.stringify(object));
    else this.seen.push({ type, name: object.metadata.name, revision: Number(object.metadata.resourceVersion) });
  }
}
