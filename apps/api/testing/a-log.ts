import type { NewEvent } from '#lib/log/log';
import { MemoryLog } from '#lib/log/memory-log';

/** One entry as a story tells it. */
export interface Told {
  /** `pods/web`, in the namespace `default`. */
  readonly object: string;
  /** A command of kubectl, or the controller that decided. */
  readonly by: string;
  readonly cause?: readonly number[];
  readonly type?: NewEvent['type'];
  readonly sub?: string;
  readonly session?: string;
  readonly owner?: string;
  readonly more?: object;
}

/** A log from its stories; the first entry gets revision 1. */
export async function aLog(...entries: Told[]): Promise<MemoryLog> {
  const log = new MemoryLog();
  await log.append(0, entries.map(eventOf));
  return log;
}

function eventOf(told: Told, i: number): NewEvent {
  const [resource = '', name = ''] = told.object.split('/');
  const ownerReferences = told.owner ? [{ uid: `uid-${told.owner}` }] : undefined;
  const metadata = { name, namespace: 'default', uid: `uid-${told.object}`, resourceVersion: String(i + 1), ownerReferences };
  const isCommand = told.by.startsWith('kubectl');
  return {
    revision: i + 1,
    type: told.type ?? 'MODIFIED',
    resource,
    namespace: 'default',
    name,
    uid: `uid-${told.object}`,
    object: JSON.stringify({ apiVersion: 'v1', kind: 'X', metadata, ...told.more }),
    actor: { user: isCommand ? 'alice' : told.by },
    request: { id: 'r', verb: 'update', ...(told.sub && { subresource: told.sub }), ...(isCommand && { command: told.by, session: told.session ?? 's' }) },
    cause: told.cause ?? [],
    ...(!isCommand && { decision: { controller: told.by, version: '1', key: 'k', world: i, now: '', index: 0, commands: [] } }),
  };
}
