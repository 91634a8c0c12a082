import { sameValue } from '#lib/api/equality';
import type { KubeObject, ManagedFieldsEntry } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { kindFields } from '#lib/schema/managed/kind-fields';
import { trackCreate, trackUpdate, type TrackedWrite } from '#lib/schema/managed/track';
import { judgedAs, type WriteRequest } from './request';

type Entries = readonly ManagedFieldsEntry[];

/** The write as field ownership sees it: in the version that the client speaks. */
export function trackedWrite(request: WriteRequest): TrackedWrite {
  const { rules } = judgedAs(request);
  const { node, ignoredBy, inVersion } = kindFields(rules);
  const subresource = request.subresource ?? '';
  return {
    manager: request.origin.request.fieldManager || 'unknown',
    apiVersion: rules.apiVersion,
    subresource,
    time: rfc3339(request.now),
    node,
    ignored: ignoredBy(subresource),
    inVersion,
  };
}

/** Who makes an object owns what he said, and its defaults; what admission adds is nobody's. */
export function ownNew(request: WriteRequest, draft: KubeObject): void {
  if (request.isOwned) return;
  const { rules, seen } = judgedAs(request);
  setEntries(draft, trackCreate(kindFields(rules).empty, seen(draft), trackedWrite(request)));
}

/** Who changes an object owns what he changed. */
export function ownNext(request: WriteRequest, draft: KubeObject, previous: KubeObject): void {
  if (request.isOwned) return;
  const { seen } = judgedAs(request);
  setEntries(draft, trackUpdate(seen(previous), seen(draft), trackedWrite(request)));
}

function setEntries({ metadata }: KubeObject, entries: readonly ManagedFieldsEntry[] | undefined): void {
  if (entries) metadata.managedFields = entries as ManagedFieldsEntry[];
  else delete metadata.managedFields;
}

/** Whether nothing differs but the times. Mirrors IgnoreManagedFieldsTimestampsTransformer. */
export function sameButForTimes(ours: Entries | undefined, theirs: Entries | undefined): boolean {
  if (ours === theirs) return true;
  const timeless = (entries: Entries = []): unknown => entries.map(({ time: _, ...entry }) => JSON.stringify(entry)).sort();
  return sameValue(timeless(ours), timeless(theirs));
}
