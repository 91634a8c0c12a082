import { Namespace } from '#lib/api/core/namespace';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { create } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';

const DEFAULT = 'default';

/**
 * Keeps a ServiceAccount `default` in every active namespace. Mirrors
 * kubernetes/pkg/controller/serviceaccount/serviceaccounts_controller.go.
 */
export const serviceAccount = defineController<Namespace>({
  name: 'service-account',
  for: Namespace,
  watches: [
    {
      kind: ServiceAccount,
      keys: ({ type, object }) => (type === 'DELETED' && object.metadata.name === DEFAULT ? [object.metadata.namespace ?? ''] : []),
    },
  ],

  reconcile({ metadata: { name: namespace }, status }, world) {
    if (status.phase !== 'Active' || world.get(ServiceAccount, namespace, DEFAULT)) return [];
    return [create({ apiVersion: ServiceAccount.apiVersion, kind: ServiceAccount.kind, metadata: { name: DEFAULT, namespace } })];
  },
});
