import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { stretches, type SoundBlock } from './sound-blocks';

/** Fewer are hashed sooner than threads start. */
const WORTH_IT = 20_000;
/** Each has up to 110 MB of memory of its own. */
const MOST = 4;

/** What a thread is told (block-thread.ts). */
export interface Stretch {
  /** Of the database: a thread has connections of its own. */
  readonly url: string;
  readonly after: number;
  readonly upTo: number;
  /** Whether blocks tell their roots. Default true. */
  readonly roots?: boolean;
}

/** Which blocks to look for, and how. */
export interface BlockThreads extends Stretch {
  /** Default: one per core, up to four, and none for fewer than 20,000 entries. */
  readonly threads?: number;
  /** The compiled block-thread.ts. Default: beside this file; where there is none, as in a test, there are no threads. */
  readonly file?: string;
}

/** How many threads a log of so many entries is worth. */
export const threadsFor = (entries: number, cores = availableParallelism()): number =>
  entries < WORTH_IT || cores < 2 ? 0 : Math.min(MOST, cores);

/**
 * `soundBlocks` of equal parts of (after, upTo], each found by a thread, in order. One that fails leaves its blocks to whoever asked, who
 * will meet what it met.
 */
export async function* blocksInThreads({
  url,
  after,
  upTo,
  roots,
  threads = threadsFor(upTo - after),
  file = join(__dirname, 'block-thread.js'),
}: BlockThreads): AsyncIterable<SoundBlock> {
  const bounds = stretches(after, upTo, threads);
  const running = bounds.slice(0, -1).map((start, i) => new Thread(file, { url, after: start, upTo: bounds[i + 1] as number, roots }));
  try {
    for (const thread of running) yield* thread.blocks();
  } finally {
    await Promise.all(running.map((thread) => thread.stop()));
  }
}

class Thread {
  private readonly worker: Worker;
  private found: SoundBlock[] = [];
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(file: string, stretch: Stretch) {
    this.worker = new Worker(file, { workerData: stretch });
    this.worker.on('message', (block: SoundBlock) => {
      this.found.push({ ...block, ...(block.root && { root: Buffer.from(block.root) }) });
      this.wake();
    });
    this.worker.on('error', () => this.end());
    this.worker.on('exit', () => this.end());
  }

  async *blocks(): AsyncIterable<SoundBlock> {
    for (;;) {
      yield* this.found.splice(0);
      if (this.found.length > 0) continue;
      if (this.ended) return;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async stop(): Promise<void> {
    if (!this.ended) await this.worker.terminate();
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}
