import {
  AckPolicy,
  createInbox,
  DeliverPolicy,
  nanos,
  ReplayPolicy,
  type JetStreamManager,
  type Msg,
  type NatsConnection,
  type Subscription,
} from 'nats';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Closable, LogListener, LogMessage } from './bus';
import { ensureStream, STREAM, type StreamLimits } from './log-stream';
import { decodeMessage } from './message';

/** The server forgets a consumer that nobody listens to by itself: not worth waiting for when it is away. */
const DISCARD_WITHIN_MS = 500;

const HEARTBEAT_MS = 1_000;
/** Two heartbeats missed and a bit. */
const DEAF_AFTER_MS = 2_500;

/**
 * One push consumer without acknowledgements, that starts at "now". When it misses anything (a gap in its numbering, no
 * heartbeat, its stream gone) it starts again at the new "now" and says so with `onBreak`: the log has what lies between.
 * nats.js' ordered consumer would ask for the next stream sequence instead, and wait for ever on a stream that was made anew.
 */
export class Subscriber implements Closable {
  private subscription: Subscription | undefined;
  private consumer: string | undefined;
  private delivered = 0;
  private heard = performance.now();
  private starting = false;
  private closed = false;
  private batch: LogMessage[] = [];
  private readonly watchdog: NodeJS.Timeout;

  constructor(
    private readonly connection: NatsConnection,
    private readonly manager: () => Promise<JetStreamManager>,
    private readonly limits: StreamLimits,
    private readonly filter: string,
    private readonly listener: LogListener,
  ) {
    this.watchdog = setInterval(() => this.watch(), HEARTBEAT_MS / 2);
    this.watchdog.unref();
  }

  /** Resolves when the consumer is there. */
  async start(): Promise<void> {
    this.starting = true;
    try {
      await this.discard();
      const manager = await this.manager();
      await ensureStream(manager, this.limits);
      const inbox = createInbox();
      this.delivered = 0;
      this.subscription = this.connection.subscribe(inbox, { callback: (_, message) => this.receive(message) });
      const info = await manager.consumers.add(STREAM, {
        deliver_subject: inbox,
        deliver_policy: DeliverPolicy.New,
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
        filter_subject: this.filter,
        flow_control: true,
        idle_heartbeat: nanos(HEARTBEAT_MS),
        inactive_threshold: nanos(30_000),
        max_deliver: 1,
        mem_storage: true,
        num_replicas: 1,
      });
      this.consumer = info.name;
      this.heard = performance.now();
    } finally {
      this.starting = false;
    }
  }

  /** A server that was restarted has forgotten its consumers. */
  reconnected(): void {
    this.restart();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.watchdog);
    await this.discard();
  }

  private async discard(): Promise<void> {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
    const name = this.consumer;
    this.consumer = undefined;
    if (!name || this.connection.isClosed()) return;
    const deleted = this.manager()
      .then((manager) => manager.consumers.delete(STREAM, name))
      .catch(() => undefined);
    await Promise.race([deleted, sleep(DISCARD_WITHIN_MS)]);
  }

  private receive(message: Msg): void {
    this.heard = performance.now();
    if (message.data.length === 0 && message.headers) return this.control(message);
    const sequence = sequenceIn(message.reply ?? '');
    if (sequence !== this.delivered + 1) return this.restart();
    this.delivered = sequence;
    this.collect(decodeMessage(message.string()));
  }

  /** Heartbeats tell the last number that was sent; flow control wants an answer before it sends more. */
  private control(message: Msg): void {
    const head = message.headers;
    if (head?.code !== 100) return this.restart();
    if (message.reply) return message.respond() ? undefined : this.restart();
    const stalled = head.get('Nats-Consumer-Stalled');
    if (stalled) this.connection.publish(stalled);
    const last = head.get('Nats-Last-Consumer');
    if (last !== '' && Number(last) !== this.delivered) this.restart();
  }

  /** nats.js calls back for all messages of one read before it yields, so a microtask later the batch is complete. */
  private collect(message: LogMessage): void {
    this.batch.push(message);
    if (this.batch.length > 1) return;
    queueMicrotask(() => {
      const batch = this.batch;
      this.batch = [];
      this.listener.onMessages(batch);
    });
  }

  private watch(): void {
    if (!this.starting && performance.now() - this.heard > DEAF_AFTER_MS) this.restart();
  }

  private restart(): void {
    if (this.starting || this.closed) return;
    this.starting = true;
    this.heard = performance.now();
    this.listener.onBreak?.();
    void this.start()
      .then(() => this.listener.onBreak?.())
      .catch(() => undefined); // the watchdog tries again
  }
}

/**
 * The consumer's own number of a message, from its reply subject: `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer
 * seq>.<time>.<pending>`.
 */
function sequenceIn(reply: string): number {
  let from = 0;
  for (let token = 0; token < 6; token++) from = reply.indexOf('.', from) + 1;
  return Number(reply.slice(from, reply.indexOf('.', from)));
}
