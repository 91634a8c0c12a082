import type { ServiceAccount as WireServiceAccount } from 'kubernetes-types/core/v1';
import { AGE, NAME } from '#lib/api/columns';
import { defineKind } from '#lib/api/kind';
import type { Stored } from '#lib/api/meta';

/** Who a pod is towards the API. */
export type ServiceAccount = Stored<WireServiceAccount>;

const MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';

/** Mirrors pkg/registry/core/serviceaccount/strategy.go: of its secrets only the names are kept. */
export const ServiceAccount = defineKind<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  scope: 'Namespaced',
  subresources: ['token'],

  defaults(draft) {
    if (draft.secrets) draft.secrets = draft.secrets.map(({ name }) => ({ ...(name !== undefined && { name }) }));
  },

  warnings: (account, previous) =>
    account.metadata.annotations?.[MOUNTABLE] !== undefined && previous?.metadata.annotations?.[MOUNTABLE] === undefined
      ? [`metadata.annotations[${MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`]
      : [],

  columns: [NAME, { name: 'Secrets', type: 'string', value: (account) => account.secrets?.length ?? 0 }, AGE],
});
