import type { KubeObject } from '#lib/api/meta';
import { update, type Command } from '#lib/reconcile/command';

const has = ({ metadata }: KubeObject, finalizer: string): boolean => metadata.finalizers?.includes(finalizer) ?? false;

/**
 * Whether there is anything to decide about a finalizer that keeps what is in use: the object is going and still has it, or stays and
 * lacks it. Mirrors pkg/controller/volume/protectionutil.
 */
export const concernsProtection = (object: KubeObject, finalizer: string): boolean =>
  (object.metadata.deletionTimestamp !== undefined) === has(object, finalizer);

/**
 * Takes the finalizer from an object that is going and not in use, and gives it to one that stays and lacks it (made before there was
 * such protection). `inUse` is asked only about objects that are going. Refused when the object was changed since it was read.
 */
export function protect(object: KubeObject, finalizer: string, inUse: () => boolean): Command[] {
  if (!concernsProtection(object, finalizer)) return [];
  const { metadata } = object;
  const finalizers = metadata.finalizers ?? [];
  if (metadata.deletionTimestamp === undefined)
    return [update({ ...object, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } })];
  return inUse() ? [] : [update({ ...object, metadata: { ...metadata, finalizers: finalizers.filter((one) => one !== finalizer) } })];
}
