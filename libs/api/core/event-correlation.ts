import type { Event } from 'kubernetes-types/core/v1';

/**
 * What makes two Events the same one seen again: source, object, type, reason and message.
 * Mirrors getEventKey of client-go/tools/record/events_cache.go. Undefined for Events that stand for themselves (a series, or no object).
 */
export function correlationOf(event: Pick<Event, 'involvedObject' | 'source' | 'type' | 'reason' | 'message'>): string | undefined {
  const { kind, namespace = '', name, uid, fieldPath = '' } = event.involvedObject ?? {};
  if (name === undefined) return undefined;
  return [event.source?.component, kind, namespace, name, uid, fieldPath, event.type, event.reason, event.message].join('\n');
}
