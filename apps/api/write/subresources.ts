import { conflict, invalidObject, modified, notFound } from '#lib/api/errors';
import { notSupported, required, type FieldError } from '#lib/api/field-error';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import { bindingProblem, bindPod } from '#lib/api/core/pod/pod-binding';
import type { KubeObject } from '#lib/api/meta';
import type { WishExtras } from './create';
import { mayGo, type RemoveOptions } from './remove';
import type { WriteRequest } from './request';
import type { Attempt } from './writer';

/** core/v1 Binding, as far as clients fill it in. */
export interface Binding {
  readonly metadata?: {
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Record<string, string>;
  };
  readonly target?: { readonly kind?: string; readonly name?: string };
}

const BINDING = { group: '', plural: 'pods/binding' };

/** Assigns a pod to a node, once. Mirrors pkg/registry/core/pod/storage BindingREST. */
export function attemptBind(request: WriteRequest, binding: Binding, extras: WishExtras = {}): Attempt<KubeObject> {
  const { namespace, name } = request;
  const errors = bindingErrors(binding);
  if (errors.length > 0) throw invalidObject('', 'Binding', name, errors);
  const { uid, resourceVersion, annotations } = binding.metadata ?? {};
  return (view, write) => {
    const pod = view.get(Pod, namespace, name);
    if (!pod) throw notFound(Pod, name);
    const was = pod.metadata;
    if (uid && uid !== was.uid)
      throw conflict(BINDING, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${was.uid}`);
    if (resourceVersion && resourceVersion !== was.resourceVersion) {
      const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${was.resourceVersion}`;
      throw conflict(BINDING, name, why);
    }
    const problem = bindingProblem(pod);
    if (problem !== undefined) throw conflict(BINDING, name, problem);
    const next = bindPod(pod, { metadata: { annotations }, target: { name: binding.target?.name } }, request.now);
    write({ kind: Pod, type: 'MODIFIED', object: next, ...extras });
    return next;
  };
}

/** Mirrors ValidatePodBinding. */
function bindingErrors({ target }: Binding): FieldError[] {
  const { kind, name } = target ?? {};
  return [
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(name ? [] : [required('target.name')]),
  ];
}

/** policy/v1 Eviction. */
export interface Eviction {
  readonly metadata?: { readonly name?: string };
  readonly deleteOptions?: RemoveOptions;
}

/** Lets a finalizer go from a namespace's spec; the last one lets the namespace go. Mirrors namespace/storage FinalizeREST. */
export function attemptFinalize(request: WriteRequest, asked: KubeObject, extras: WishExtras = {}): Attempt<KubeObject> {
  return (view, write) => {
    const previous = view.get(Namespace, '', request.name);
    if (!previous) throw notFound(Namespace, request.name);
    const { uid, resourceVersion } = asked.metadata;
    if (uid && uid !== previous.metadata.uid) {
      throw conflict(
        Namespace,
        request.name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid}`,
      );
    }
    if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) throw modified(Namespace, request.name);
    const finalizers = (asked as Namespace).spec?.finalizers ?? [];
    const next: Namespace = { ...previous, metadata: { ...previous.metadata }, spec: { ...previous.spec, finalizers } };
    if (finalizers.length === 0) delete next.spec.finalizers;
    write({ kind: Namespace, type: mayGo(Namespace, next) ? 'DELETED' : 'MODIFIED', object: next, ...extras });
    return next;
  };
}
