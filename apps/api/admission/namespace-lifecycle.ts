import { ApiError, forbiddenAccess, notFound } from '#lib/api/errors';
import { Namespace } from '#lib/api/core/namespace';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';
import type { View } from '../write/view';

/** Namespaces that the system itself lives in. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/**
 * Nothing is created where there is no namespace, or in one that is going away; the system's own namespaces stay.
 * Mirrors apiserver/pkg/admission/plugin/namespace/lifecycle.
 */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  settle(request, view) {
    if (request.operation === 'DELETE') return refuseImmortal(request);
    if (request.operation === 'CREATE' && request.kind.namespaced) return requireNamespace(request, view);
  },
};

function refuseImmortal(request: AdmissionRequest): void {
  if (request.kind.resource === Namespace.resource && IMMORTAL.has(request.name)) {
    throw forbiddenAccess(Namespace, request.name, 'this namespace may not be deleted');
  }
}

/** @throws ApiError 404 when the request's namespace is not there, 403 when it is going. */
export function requireNamespace(request: AdmissionRequest, objects: Pick<View, 'get'>): void {
  const namespace = objects.get(Namespace, '', request.namespace);
  if (!namespace) throw notFound(Namespace, request.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const refusal = forbiddenAccess(
    request.kind,
    request.object.metadata.name,
    `unable to create new content in namespace ${request.namespace} because it is being terminated`,
  );
  throw new ApiError({
    ...refusal.status,
    details: {
      ...refusal.status.details,
      causes: [
        { reason: 'NamespaceTerminating', message: `namespace ${request.namespace} is being terminated`, field: 'metadata.namespace' },
      ],
    },
  });
}
