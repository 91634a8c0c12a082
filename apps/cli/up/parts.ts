/** Something that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

/** One thing of the cluster that `up` starts, in the order of its list, and stops in the opposite one. */
export interface Part {
  /** For people and error texts. */
  readonly name: string;
  start(): Promise<Running>;
}

/** How long a part may take to stop before the next one is stopped all the same. */
const STOP_WITHIN_MS = 10_000;

/** What has been started so far, last first. */
export class Started {
  private readonly parts: { name: string; running: Running }[] = [];

  constructor(private readonly say: (line: string) => void) {}

  /** Starts the part, and remembers it for `stop`. */
  async start(part: Part): Promise<void> {
    try {
      this.parts.unshift({ name: part.name, running: await part.start() });
    } catch (error) {
      throw new Error(`${part.name} did not start: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Stops everything, newest first. A part that fails or hangs does not keep the others from being stopped. */
  async stop(): Promise<void> {
    for (const { name, running } of this.parts.splice(0)) {
      const problem = await within(STOP_WITHIN_MS, running.stop()).catch((error: Error) => error);
      if (problem) this.say(`${name} did not stop cleanly: ${problem.message}`);
    }
  }
}

async function within(ms: number, work: Promise<void>): Promise<undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no end after ${ms / 1000} s`)), ms);
  });
  try {
    await Promise.race([work, late]);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
