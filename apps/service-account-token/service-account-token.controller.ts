import { Secret, SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN, SERVICE_ACCOUNT_UID } from '#lib/api/core/secret';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { patch, remove } from '#lib/reconcile/command';
import { defineController, keyOf } from '#lib/reconcile/controller';
import type { World } from '#lib/reconcile/world';

const accountOf = ({ metadata }: Secret): string => metadata.annotations?.[SERVICE_ACCOUNT_NAME] ?? '';

/** The keys of the token Secrets that name an account. */
const secretsOf = (account: ServiceAccount, world: World): string[] =>
  world
    .list(Secret, account.metadata.namespace)
    .filter((secret) => secret.type === SERVICE_ACCOUNT_TOKEN && accountOf(secret) === account.metadata.name)
    .map(keyOf);

/**
 * Removes token Secrets whose account is gone, and has those filled that are empty. Mirrors
 * pkg/controller/serviceaccount/tokens_controller.go.
 */
export const serviceAccountToken = defineController<Secret>({
  name: 'service-account-token',
  component: 'tokens-controller',
  for: Secret,
  watches: [
    { kind: ServiceAccount, keys: ({ object, type }, world) => (type === 'MODIFIED' ? [] : secretsOf(object as ServiceAccount, world)) },
  ],

  reconcile(secret, world) {
    if (secret.type !== SERVICE_ACCOUNT_TOKEN || secret.metadata.deletionTimestamp) return [];
    const account = world.get(ServiceAccount, secret.metadata.namespace ?? '', accountOf(secret));
    const uid = secret.metadata.annotations?.[SERVICE_ACCOUNT_UID];
    if (!account || (uid && uid !== account.metadata.uid)) return [remove(secret)];
    if (uid && secret.data?.token) return [];
    return [patch(secret, { metadata: { annotations: { [SERVICE_ACCOUNT_UID]: account.metadata.uid } } })]; // written, it is filled
  },
});
