import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { Namespace } from '#lib/api/core/namespace';
import { conflict, notFound, type ApiError } from '#lib/api/errors';
import { invalid, type FieldError } from '#lib/api/field-error';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { plugins } from '../admission/plugins';
import { writeCompanions } from './companions';
import { admissionOf, type WishExtras } from './create';
import type { WriteRequest } from './request';
import type { Attempt } from './writer';

/** metav1.DeleteOptions, as far as the server acts on it. */
export interface RemoveOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface Removal {
  readonly object: KubeObject;
  /** False while grace or finalizers still hold it. */
  readonly gone: boolean;
}

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** True when nothing holds an object any more that was asked to go. */
export function mayGo(kind: AnyKind, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && finalizers.length === 0 && !kind.holdsDeletion?.(object);
}

/**
 * A delete: at once, or by marking the object when grace, propagation or finalizers want that. `told` may add to what is then written.
 * Mirrors registry.Store.Delete.
 */
export function attemptRemove(
  request: WriteRequest,
  options: RemoveOptions,
  extras: WishExtras = {},
  told: (object: KubeObject) => KubeObject = (object) => object,
): Attempt<Removal> {
  return (view, write) => {
    const { kind, namespace, name } = request;
    const previous = view.get(kind, namespace, name);
    if (!previous) throw notFound(kind, name);
    checkPreconditions(request, options, previous);
    const asked = admissionOf(request, previous, previous);
    for (const plugin of plugins) plugin.settle?.({ ...asked, operation: 'DELETE' }, view);

    const next = told(marked(request, options, previous));
    if (mayGo(kind, next)) {
      write({ kind, type: 'DELETED', object: next, ...extras });
      writeCompanions(request, { previous: next }, view, write);
      return { object: next, gone: true };
    }
    if (isSame(next, previous)) return { object: previous, gone: false };
    write({ kind, type: 'MODIFIED', object: next, ...extras });
    return { object: next, gone: false };
  };
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** Mirrors ValidateDeleteOptions of apimachinery. */
export function removeOptionErrors(options: RemoveOptions & { orphanDependents?: boolean }): FieldError[] {
  const { propagationPolicy, orphanDependents } = options;
  if (propagationPolicy === undefined) return [];
  const both = 'orphanDependents and deletionPropagation cannot be both set';
  const supported = [...POLICIES, 'nil'].map((policy) => JSON.stringify(policy)).join(', ');
  return [
    ...(orphanDependents === undefined ? [] : [invalid('propagationPolicy', propagationPolicy, both)]),
    ...(POLICIES.includes(propagationPolicy)
      ? []
      : [
          {
            type: 'FieldValueNotSupported',
            field: 'propagationPolicy',
            value: propagationPolicy,
            detail: `supported values: ${supported}`,
          } as const,
        ]),
  ];
}

/** These two look for themselves, and say it as updates do. */
const LOOK_FIRST = new Set([Namespace.resource, CustomResourceDefinition.resource]);

/** Mirrors rest.BeforeDelete, which names the kind and not the resource. */
function checkPreconditions({ kind, name }: WriteRequest, { preconditions = {} }: RemoveOptions, previous: KubeObject): void {
  const { uid, resourceVersion } = previous.metadata;
  const refuse = (field: string, asked: string, is: string | undefined, why: string): ApiError =>
    LOOK_FIRST.has(kind.resource)
      ? conflict(kind, name, `Precondition failed: ${field} in precondition: ${asked}, ${field} in object meta: ${is}`)
      : conflict(
          { group: kind.group, plural: kind.kind },
          name,
          `the ${field} in the precondition (${asked}) does not match the ${field} in record (${is}). The object might have been ${why}`,
        );
  if (preconditions.uid && preconditions.uid !== uid) throw refuse('UID', preconditions.uid, uid, 'deleted and then recreated');
  if (preconditions.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    throw refuse('ResourceVersion', preconditions.resourceVersion, resourceVersion, 'modified');
  }
}

/** The object as it is when the wish to delete it is written down. */
function marked(request: WriteRequest, options: RemoveOptions, previous: KubeObject): KubeObject {
  const { kind, now } = request;
  const meta = previous.metadata;
  const grace = graceFor(kind, previous, options.gracePeriodSeconds);
  const finalizers = finalizersFor(previous, options.propagationPolicy);
  const next: KubeObject = { ...previous, metadata: { ...meta } };
  if (finalizers.length > 0) next.metadata.finalizers = finalizers;
  else delete next.metadata.finalizers;

  const sooner = meta.deletionTimestamp === undefined || grace < (meta.deletionGracePeriodSeconds ?? 0);
  if (sooner) {
    const since =
      meta.deletionTimestamp === undefined
        ? now
        : new Date(Date.parse(meta.deletionTimestamp) - 1000 * (meta.deletionGracePeriodSeconds ?? 0));
    const at = new Date(Math.max(now.getTime(), since.getTime() + 1000 * grace));
    next.metadata.deletionTimestamp = rfc3339(meta.deletionTimestamp === undefined ? new Date(now.getTime() + 1000 * grace) : at);
    next.metadata.deletionGracePeriodSeconds = grace;
    if (kind.hasGeneration && meta.deletionTimestamp === undefined) next.metadata.generation = (meta.generation ?? 0) + 1;
    if (meta.deletionTimestamp === undefined) kind.whenAskedToGo?.(next);
  }
  return next;
}

function graceFor(kind: AnyKind, object: KubeObject, asked: number | undefined): number {
  if (!kind.gracePeriod) return 0;
  return Math.max(0, kind.gracePeriod(object, asked));
}

function finalizersFor(object: KubeObject, propagation: RemoveOptions['propagationPolicy']): string[] {
  const finalizers = object.metadata.finalizers ?? [];
  if (propagation === undefined) return finalizers;
  const kept = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (propagation === 'Orphan') return [...kept, ORPHAN];
  if (propagation === 'Foreground') return [...kept, FOREGROUND];
  return kept;
}

function isSame(next: KubeObject, previous: KubeObject): boolean {
  const a = next.metadata;
  const b = previous.metadata;
  return (
    a.deletionTimestamp === b.deletionTimestamp &&
    a.deletionGracePeriodSeconds === b.deletionGracePeriodSeconds &&
    (a.finalizers ?? []).join() === (b.finalizers ?? []).join()
  );
}
