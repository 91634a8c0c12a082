import type { NewEvent } from '#lib/log/log';
import { tracer } from '#lib/runtime/tracing/tracer';

/** One span for each trace that has entries in a batch, from when the batch was ready to when it was durable. */
export function traceAppend(events: readonly NewEvent[], start: number): void {
  const byTrace = new Map<string, NewEvent[]>();
  for (const event of events) {
    if (event.trace === undefined) continue;
    const known = byTrace.get(event.trace);
    if (known) known.push(event);
    else byTrace.set(event.trace, [event]);
  }
  for (const [parent, own] of byTrace) {
    const [first] = own as [NewEvent];
    const span = tracer?.start('append', { parent, start });
    span?.set({
      'decklog.revision': first.revision,
      'decklog.entries': own.length,
      'decklog.batch': events.length,
      'k8s.resource': first.resource,
      'k8s.name': first.name,
      'k8s.namespace.name': first.namespace,
    });
    span?.end();
  }
}
