import { badRequest } from '#lib/api/errors';
import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import type { AnyKind } from '#lib/api/kind';
import { Pod } from '#lib/api/core/pod/pod';
import type { KubeObject } from '#lib/api/meta';
import type { LogEvent } from '#lib/log/log';
import { SHREDDED } from '#lib/log/secret/seal';
import { servedKind } from './kind-asked';
import type { HistoryReader } from './reader';
import { SERVERS_OWN } from './servers-own';

/** An object as it was before it went, as a draft for a create. */
export interface Restorable {
  readonly kind: AnyKind;
  readonly namespace: string;
  readonly name: string;
  /** The revision that is restored. */
  readonly revision: number;
  /** What owner references named it by. */
  readonly uid: string;
  readonly draft: KubeObject;
}

/** The last version of this life that nobody had asked to go yet. */
export async function lastWhole(
  reader: HistoryReader,
  { resource, namespace, name, uid, revision }: LogEvent,
): Promise<LogEvent | undefined> {
  for await (const page of reader.log.read({ resources: [resource], namespace, name, uid, upTo: revision, descending: true })) {
    const whole = page.find((event) => event.type !== 'DELETED' && !isLeaving(event));
    if (whole) return whole;
  }
  return undefined;
}

/** Whether this version carries a deletionTimestamp. */
export const isLeaving = (event: LogEvent): boolean => (JSON.parse(event.object) as KubeObject).metadata.deletionTimestamp !== undefined;

/** Nothing checks, completes or serves an object whose definition is gone. */
export const notServed = (resource: string) =>
  badRequest(`${resource} are not served any more: bring their definition back first, with \`decklog undelete crd/${resource}\``);

/** The reader must show secrets. @throws ApiError 400 when its kind is not served. */
export async function restorable(reader: HistoryReader, event: LogEvent, custom: CustomKinds): Promise<Restorable> {
  const kind = servedKind(custom, event.resource);
  if (!kind) throw notServed(event.resource);
  const { namespace, name, uid, revision } = event;
  const draft = draftOf(await reader.object(event));
  if (kind === Pod && !(await wasMadeForNode(reader, event))) delete (draft as Pod).spec.nodeName;
  return { kind, namespace, name, revision, uid, draft };
}

/** How the deletion was to go. */
const HOW_TO_GO = new Set(['foregroundDeletion', 'orphan']);

function draftOf(object: KubeObject): KubeObject {
  const draft = structuredClone(object);
  for (const field of SERVERS_OWN) delete draft.metadata[field];
  const finalizers = draft.metadata.finalizers?.filter((finalizer) => !HOW_TO_GO.has(finalizer));
  if (finalizers?.length) draft.metadata.finalizers = finalizers;
  else delete draft.metadata.finalizers;
  return draft;
}

/** The node was chosen by the scheduler, which chooses again, unless whoever made the pod had said it. */
async function wasMadeForNode(reader: HistoryReader, { resource, namespace, name, uid }: LogEvent): Promise<boolean> {
  for await (const [first] of reader.log.read({ resources: [resource], namespace, name, uid, limit: 1 })) {
    return first !== undefined && (JSON.parse(first.object) as Pod).spec.nodeName !== undefined;
  }
  return false;
}

const SHREDDED_DATA = Buffer.from(SHREDDED).toString('base64');

/** The values that were shredded: what is gone for good must not come back as the word that stands for it. */
export function shreddedIn(object: KubeObject): string[] {
  const { data = {} } = object as { data?: Record<string, unknown> };
  return object.kind === 'Secret' ? Object.keys(data).filter((key) => data[key] === SHREDDED_DATA) : [];
}
