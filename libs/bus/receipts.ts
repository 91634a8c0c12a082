/** Of so many messages, or so many bytes, one is acknowledged: enough to keep the window moving. */
const ASKED_EVERY = 32;
const ASKED_EVERY_BYTES = 512 * 1024;

/** What is known of messages that were sent in order. */
export interface Receipts {
  /** So many are stored, without a hole. */
  readonly stored: number;
  /** The stream's number of the last of them; undefined when that says nothing about others. */
  readonly sequence: number | undefined;
  /** Whether the next message, of so many bytes, is to be acknowledged. */
  isAsked(bytes: number, isLast: boolean): boolean;
  /** Takes the acknowledgement of the message at this position. Answers what is wrong with it. */
  take(position: number, acknowledgement: string): Error | undefined;
}

/** Every message has its own: after a failure, when some of them may be stored already. */
export class OneByOne implements Receipts {
  private readonly early = new Set<number>();
  sequence: number | undefined;

  constructor(public stored: number) {}

  isAsked(): boolean {
    return true;
  }

  take(position: number, acknowledgement: string): undefined {
    if (position < this.stored) return;
    this.early.add(position);
    while (this.early.delete(this.stored)) this.stored++;
    // A message that was there before has the number it got then; others may stand behind it.
    this.sequence = acknowledgement.includes('"duplicate"') ? undefined : sequenceOf(acknowledgement);
  }
}

/** One stands for all since the one before: nobody else publishes, so the stream numbers them without holes when it has them all. */
export class Counted implements Receipts {
  private unasked = 0;
  private unaskedBytes = 0;

  /** @param sequence the stream's number of the message before the first of these */
  constructor(
    public stored: number,
    public sequence: number,
  ) {}

  isAsked(bytes: number, isLast: boolean): boolean {
    this.unasked++;
    this.unaskedBytes += bytes;
    if (!isLast && this.unasked < ASKED_EVERY && this.unaskedBytes < ASKED_EVERY_BYTES) return false;
    this.unasked = this.unaskedBytes = 0;
    return true;
  }

  take(position: number, acknowledgement: string): Error | undefined {
    const sequence = sequenceOf(acknowledgement);
    const expected = this.sequence + position + 1 - this.stored;
    if (sequence !== expected) return new Error(`the stream has given a message the number ${sequence} instead of ${expected}`);
    this.stored = position + 1;
    this.sequence = sequence;
    return undefined;
  }
}

/** `{"stream":"LOG","seq":17}`. Mirrors nats-server's JSPubAckResponse. */
const sequenceOf = (acknowledgement: string): number => Number(/"seq":\s*(\d+)/.exec(acknowledgement)?.[1]);
