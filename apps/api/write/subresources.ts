import { alreadyExists, badRequest, conflict, invalidObject, notFound } from '#lib/api/errors';
import { invalid } from '#lib/api/field-error';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod';
import { rfc3339 } from '#lib/api/time';
import type { KubeObject } from '#lib/api/meta';
import type { WishExtras } from './create';
import { attemptRemove, mayGo, type Removal, type RemoveOptions } from './remove';
import type { WriteRequest } from './request';
import type { Attempt } from './writer';

/** core/v1 Binding, as far as it counts. */
export interface Binding {
  readonly metadata?: { readonly name?: string; readonly uid?: string; readonly annotations?: Record<string, string>; readonly labels?: Record<string, string> };
  readonly target: { readonly kind?: string; readonly name?: string };
}

const BINDING = { group: '', plural: 'pods/binding' };

/** Assigns a pod to a node, once. Mirrors pkg/registry/core/pod/storage BindingREST. */
export function attemptBind(request: WriteRequest, binding: Binding, extras: WishExtras = {}): Attempt<KubeObject> {
  return (view, write) => {
    const { namespace, name } = request;
    const node = binding.target?.name ?? '';
    if (binding.target?.kind && binding.target.kind !== 'Node') {
      throw invalidObject('', 'Binding', name, [invalid('target.kind', binding.target.kind, 'must be empty or Node')]);
    }
    if (node === '') throw invalidObject('', 'Binding', name, [{ type: 'FieldValueRequired', field: 'target.name', detail: '' }]);
    const pod = view.get(Pod, namespace, name);
    if (!pod) throw notFound(Pod, name);
    if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) {
      throw conflict(BINDING, name, `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`);
    }
    if (pod.metadata.deletionTimestamp) throw conflict(BINDING, name, `pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec.nodeName) throw conflict(BINDING, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
    const next = bound(pod, node, binding, request.now);
    write({ kind: Pod, type: 'MODIFIED', object: next, ...extras });
    return next;
  };
}

function bound(pod: Pod, nodeName: string, binding: Binding, now: Date): Pod {
  const { labels, annotations } = binding.metadata ?? {};
  const others = (pod.status.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  const scheduled = {
    type: 'PodScheduled',
    status: 'True' as const,
    lastProbeTime: null as unknown as string,
    lastTransitionTime: rfc3339(now),
    ...(pod.metadata.generation && { observedGeneration: pod.metadata.generation }),
  };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(labels && { labels: { ...pod.metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...pod.metadata.annotations, ...annotations } }),
      ...(pod.metadata.generation && { generation: pod.metadata.generation + 1 }),
    },
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  } as Pod;
}

/** policy/v1 Eviction. */
export interface Eviction {
  readonly metadata?: { readonly name?: string };
  readonly deleteOptions?: RemoveOptions;
}

/** Deletes a pod the polite way. There are no disruption budgets yet that could forbid it. */
export function attemptEvict(request: WriteRequest, eviction: Eviction, extras: WishExtras = {}): Attempt<Removal> {
  const named = eviction.metadata?.name;
  if (named && named !== request.name) throw badRequest('name in URL does not match name in Eviction object');
  return attemptRemove(request, eviction.deleteOptions ?? {}, extras);
}

/** Lets a finalizer go from a namespace's spec; the last one lets the namespace go. Mirrors namespace/storage FinalizeREST. */
export function attemptFinalize(request: WriteRequest, asked: KubeObject, extras: WishExtras = {}): Attempt<KubeObject> {
  return (view, write) => {
    const previous = view.get(Namespace, '', request.name);
    if (!previous) throw notFound(Namespace, request.name);
    const { uid, resourceVersion } = asked.metadata;
    if (uid && uid !== previous.metadata.uid) throw alreadyExists(Namespace, request.name);
    if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) {
      throw conflict(Namespace, request.name, 'the object has been modified; please apply your changes to the latest version and try again');
    }
    const finalizers = (asked as Namespace).spec?.finalizers ?? [];
    const next: Namespace = { ...previous, metadata: { ...previous.metadata }, spec: { ...previous.spec, finalizers } };
    if (finalizers.length === 0) delete next.spec.finalizers;
    write({ kind: Namespace, type: mayGo(Namespace, next) ? 'DELETED' : 'MODIFIED', object: next, ...extras });
    return next;
  };
}
