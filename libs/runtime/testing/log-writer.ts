import type { KubeObject } from '#lib/api/meta';
import type { AnyKind } from '#lib/api/kind';
import { kindOfObject } from '#lib/api/kinds';
import type { ChangeType, EventLog, LogEvent, NewEvent } from '#lib/log/log';

/** Appends objects to a log as an API server would, for tests. */
export class LogWriter {
  constructor(readonly log: EventLog) {}

  /** Writes one entry per object, in one append, and returns them as they stand in the log. */
  async write(type: ChangeType, ...objects: readonly KubeObject[]): Promise<LogEvent[]> {
    const { revision } = await this.log.head();
    const events = objects.map((object, i) => toEvent(type, object, revision + 1 + i));
    await this.log.append(revision, events);
    const written: LogEvent[] = [];
    for await (const page of this.log.read({ after: revision, upTo: revision + events.length })) written.push(...page);
    return written;
  }
}

function toEvent(type: ChangeType, object: KubeObject, revision: number): NewEvent {
  const { resource } = kindOfObject(object) as AnyKind;
  const { namespace = '', name, uid } = object.metadata;
  const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  const request = { id: `request-${revision}`, verb: 'create' };
  return { revision, type, resource, namespace, name, uid, object: JSON.stringify(stored), actor: { user: 'alice' }, request, cause: [] };
}
