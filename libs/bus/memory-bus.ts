import { kindOfResource } from '#lib/api/kinds';
import { NoAnswer, RequestRefused, type Answer, type Bus, type Closable, type LogFilter, type LogListener, type LogMessage } from './bus';
import { ALL_LOG_SUBJECTS, filterSubject, passes, subjectOf } from './subjects';

interface Subscribed {
  readonly listener: LogListener;
  readonly subjects: readonly string[];
}

/** The bus of one process, for tests and simulations. What goes over it is copied as if it had been sent. */
export class MemoryBus implements Bus {
  private readonly subscribers = new Set<Subscribed>();
  private readonly answerers = new Map<string, { queue: string; answer: Answer }[]>();
  private newest = 0;
  private asked = 0;

  async publish(entries: readonly LogMessage[]): Promise<void> {
    const fresh = entries.filter((entry) => entry.revision > this.newest);
    this.newest = Math.max(this.newest, ...fresh.map((entry) => entry.revision));
    const subjects = fresh.map((entry) => subjectOf(kindOfResource(entry.resource), entry));
    for (const { listener, subjects: wanted } of this.subscribers) {
      const batch = fresh.filter((_, i) => wanted.some((filter) => passes(subjects[i] as string, filter)));
      if (batch.length > 0) queueMicrotask(() => listener.onMessages(batch));
    }
  }

  async lastRevision(): Promise<number> {
    return this.newest;
  }

  async subscribe(listener: LogListener, filters: readonly LogFilter[] = []): Promise<Closable> {
    const one = { listener, subjects: filters.length === 0 ? [ALL_LOG_SUBJECTS] : filters.map(filterSubject) };
    this.subscribers.add(one);
    return { close: async () => void this.subscribers.delete(one) };
  }

  async request<A>(subject: string, request: unknown, timeoutMs = 30_000): Promise<A> {
    const answerers = this.answerers.get(subject) ?? [];
    const chosen = answerers[this.asked++ % answerers.length];
    if (!chosen) throw new NoAnswer(subject, 'nobody listens', true);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new NoAnswer(subject, 'timeout', false)), timeoutMs);
    });
    try {
      const answer = Promise.resolve(copy(request))
        .then(chosen.answer)
        .catch((error: Error) => Promise.reject(new RequestRefused(error.message)));
      return copy((await Promise.race([answer, late])) ?? null) as A;
    } finally {
      clearTimeout(timer);
    }
  }

  async answer(subject: string, queue: string, answer: Answer): Promise<Closable> {
    const one = { queue, answer };
    this.answerers.set(subject, [...(this.answerers.get(subject) ?? []), one]);
    return {
      close: async () =>
        void this.answerers.set(
          subject,
          (this.answerers.get(subject) ?? []).filter((other) => other !== one),
        ),
    };
  }

  async close(): Promise<void> {
    this.subscribers.clear();
    this.answerers.clear();
  }
}

const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
