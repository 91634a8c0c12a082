import { ErrorCode, Events, headers, NatsError, type JetStreamManager, type Msg, type NatsConnection } from 'nats';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer, RequestRefused, type Answer, type Bus, type Closable, type LogFilter, type LogListener, type LogMessage } from './bus';
import { connectNats } from './connect';
import { lastRevisionOf, type StreamLimits } from './log-stream';
import { Publisher } from './publisher';
import { ALL_LOG_SUBJECTS, filterSubject } from './subjects';
import { Subscriber } from './subscriber';

/** How to reach NATS and what its stream keeps. */
export interface JetStreamBusOptions extends StreamLimits {
  /** See `natsOptions`. */
  readonly url: string;
  /** Shown in NATS' monitoring. Default `decklog`. */
  readonly name?: string;
  /**
   * Of several servers, how often the one that is used is asked whether it is there: after three times without an answer it is left.
   * Default 600.
   */
  readonly pingMs?: number;
}

/** Header of a reply that is an error; the name is that of NATS' own service convention. */
const ERROR_HEADER = 'Nats-Service-Error';

/** A cluster of NATS servers has no leader while it starts, and when one was lost. */
const LEADER_WITHIN_MS = 15_000;

async function started(subscriber: Subscriber): Promise<void> {
  for (const deadline = performance.now() + LEADER_WITHIN_MS; ; await sleep(250)) {
    try {
      return await subscriber.start();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

/** The bus over NATS: entries through the JetStream stream LOG, requests over core NATS. */
export class JetStreamBus implements Bus {
  private readonly publisher: Publisher;
  private readonly subscribers = new Set<Subscriber>();
  private readonly asking = new Set<(interruption: Error) => void>();
  private jetstream: JetStreamManager | undefined;

  private constructor(
    readonly connection: NatsConnection,
    private readonly limits: StreamLimits,
  ) {
    this.publisher = new Publisher(connection, () => this.manager(), limits);
    void this.watch();
  }

  static async connect(options: JetStreamBusOptions): Promise<JetStreamBus> {
    // Three servers keep three copies: then any one of them may be lost.
    const replicas = options.replicas ?? (options.url.split(',').length >= 3 ? 3 : 1);
    return new JetStreamBus(await connectNats(options.url, options.name ?? 'decklog', undefined, options.pingMs), { ...options, replicas });
  }

  publish(entries: readonly LogMessage[]): Promise<void> {
    return this.publisher.publish(entries);
  }

  async lastRevision(): Promise<number> {
    return lastRevisionOf(await this.manager());
  }

  async subscribe(listener: LogListener, filters: readonly LogFilter[] = []): Promise<Closable> {
    // One consumer per filter: nats-server before 2.10 knows no consumer with several.
    const subjects = filters.length === 0 ? [ALL_LOG_SUBJECTS] : [...new Set(filters.map(filterSubject))];
    const subscribers = subjects.map((subject) => new Subscriber(this.connection, () => this.manager(), this.limits, subject, listener));
    for (const one of subscribers) this.subscribers.add(one);
    await Promise.all(subscribers.map((one) => started(one)));
    return { close: () => this.end(subscribers) };
  }

  async request<A>(subject: string, request: unknown, timeoutMs = 30_000): Promise<A> {
    const reply = await this.ask(subject, Buffer.from(JSON.stringify(request)), timeoutMs);
    const error = reply.headers?.get(ERROR_HEADER);
    if (error) throw new RequestRefused(decodeURIComponent(error));
    return reply.json<A>();
  }

  async answer(subject: string, queue: string, answer: Answer): Promise<Closable> {
    const subscription = this.connection.subscribe(subject, { queue, callback: (_, message) => void respond(message, answer) });
    await this.connection.flush();
    return { close: async () => subscription.unsubscribe() };
  }

  async close(): Promise<void> {
    await this.end([...this.subscribers]);
    this.publisher.close();
    await this.connection.close();
  }

  private async end(subscribers: readonly Subscriber[]): Promise<void> {
    for (const one of subscribers) this.subscribers.delete(one);
    await Promise.all(subscribers.map((one) => one.close()));
  }

  private async watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type !== Events.Reconnect) continue;
      // Not before: what is sent while there is no connection may be thrown away when the next one is made.
      for (const interrupt of this.asking) interrupt(new Error('the connection broke'));
      this.publisher.reconnected();
      for (const one of this.subscribers) one.reconnected();
    }
  }

  /** An answer that was on its way when the connection broke never comes; nats.js alone would wait for it until the time is up. */
  private ask(subject: string, payload: Uint8Array, timeout: number): Promise<Msg> {
    return new Promise((resolve, reject) => {
      const interrupt = (why: Error): void => {
        this.asking.delete(interrupt);
        reject(new NoAnswer(subject, why.message, false, true));
      };
      this.asking.add(interrupt);
      const fail = (error: unknown): void => {
        const isUndelivered = error instanceof NatsError && error.code === ErrorCode.NoResponders;
        reject(new NoAnswer(subject, error instanceof Error ? error.message : String(error), isUndelivered));
      };
      this.connection
        .request(subject, payload, { timeout })
        .then(resolve, fail)
        .finally(() => this.asking.delete(interrupt));
    });
  }

  /** Asked for anew until it succeeds: JetStream may be away at the moment of connecting. */
  private async manager(): Promise<JetStreamManager> {
    this.jetstream ??= await this.connection.jetstreamManager();
    return this.jetstream;
  }
}

async function respond(message: Msg, answer: Answer): Promise<void> {
  try {
    const result = await answer(message.json());
    message.respond(Buffer.from(JSON.stringify(result ?? null)));
  } catch (error) {
    const head = headers();
    head.append(ERROR_HEADER, encodeURIComponent(error instanceof Error ? error.message : String(error)));
    message.respond(undefined, { headers: head });
  }
}
