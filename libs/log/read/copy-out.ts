import type { Pool, PoolClient } from 'pg';
import type { StillSocket } from '#lib/log/database/still-socket';

/** The part of a connection that a running COPY talks to. */
interface Wire {
  readonly stream: StillSocket;
  query(text: string): void;
}

/**
 * The messages of `COPY (select) TO STDOUT (FORMAT binary)`, each with its type and length, for `CopiedRows`. Against rows of the driver,
 * which makes a string of every value: a third of the time. There are no parameters: whoever makes the text puts numbers into it, and
 * nothing else.
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

const [DATA, READY] = [0x64, 0x5a];
/** Type and length of a message. */
const FRAME = 5;

/**
 * What the driver takes in place of a query. As long as it runs it reads the connection itself: the driver would make two objects of every
 * row. What is no data goes on to the driver, which keeps to the protocol as ever. The messages stay as they came, one per row.
 */
class Copy {
  private length = 0;
  /** Where the next message begins, or will. */
  private next = 0;
  private ended = false;
  private stream: StillSocket | undefined;
  private readers: ((chunk: Buffer) => void)[] = [];
  /** The driver sets it when it watches the time. */
  callback: ((error: Error | null) => void) | undefined;

  constructor(
    private readonly text: string,
    private bytes: Buffer,
    private readonly resolve: (bytes: Buffer) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: Wire): void {
    const { stream } = connection;
    this.stream = stream;
    this.readers = stream.listeners('data') as typeof this.readers;
    for (const reader of this.readers) stream.off('data', reader);
    stream.on('data', this.take);
    stream.isBorrowed = true;
    connection.query(this.text);
  }

  /** The chunk may end anywhere. */
  private readonly take = (chunk: Buffer): void => {
    const end = this.length + chunk.length;
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * end);
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length = end;
    while (this.next + FRAME <= this.length) {
      const after = this.next + 1 + this.bytes.readUInt32BE(this.next + 1);
      if (this.bytes[this.next] === DATA) this.next = after;
      else if (after <= this.length) this.handOver(after);
      else return;
    }
  };

  /** The message up to `after` is the driver's. */
  private handOver(after: number): void {
    const isReady = this.bytes[this.next] === READY;
    const message = Buffer.from(this.bytes.subarray(this.next, isReady ? this.length : after));
    if (isReady) this.letGo();
    else this.bytes.copyWithin(this.next, after, this.length);
    this.length -= message.length;
    for (const reader of this.readers) reader(message);
  }

  private letGo(): void {
    const { stream } = this;
    if (!stream) return;
    stream.isBorrowed = false;
    stream.off('data', this.take);
    for (const reader of this.readers) stream.on('data', reader);
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
