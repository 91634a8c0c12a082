import type { Pool, PoolClient } from 'pg';

/** The part of a connection that a running COPY talks to. */
interface Wire {
  query(text: string): void;
}

/**
 * The bytes of `COPY (select) TO STDOUT (FORMAT binary)`. Against rows of the driver, which makes a string of every value: a third of
 * the time. There are no parameters: whoever makes the text puts numbers into it, and nothing else.
 * @param memory where they are put, if there is room: whoever asks again and again need not fetch memory each time
 * @throws what the server answers
 */
export async function copyOut(pool: Pool, select: string, memory: Buffer = Buffer.allocUnsafeSlow(1024 * 1024)): Promise<Buffer> {
  const client = await pool.connect();
  let problem: Error | undefined;
  try {
    return await copied(client, `COPY (${select}) TO STDOUT (FORMAT binary)`, memory);
  } catch (error) {
    problem = error as Error;
    throw error;
  } finally {
    client.release(problem && !('severity' in problem) ? problem : undefined); // a connection that broke is not used again
  }
}

const copied = (client: PoolClient, text: string, memory: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => void client.query(new Copy(text, memory, resolve, reject) as never));

/** What the driver takes in place of a query: it is told everything that the server says. */
class Copy {
  private length = 0;
  private ended = false;
  /** The driver sets it when it watches the time. */
  callback: ((error: Error | null) => void) | undefined;

  constructor(
    private readonly text: string,
    private bytes: Buffer,
    private readonly resolve: (bytes: Buffer) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: Wire): void {
    connection.query(this.text);
  }

  /** The chunk lies in memory that the driver uses again. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const end = this.length + chunk.length;
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * end);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length = end;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.ended) return;
    this.ended = true;
    this.callback?.(null);
    this.resolve(this.bytes.subarray(0, this.length));
  }

  handleError(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.callback?.(error);
    this.reject(error);
  }
}
