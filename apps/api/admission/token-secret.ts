import { toBase64 } from '#lib/api/base64';
import { Secret, SERVICE_ACCOUNT_NAME, SERVICE_ACCOUNT_TOKEN, SERVICE_ACCOUNT_UID } from '#lib/api/core/secret';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import type { AdmissionPlugin } from './plugin';

/** What a token Secret is filled with. */
export interface TokenSource {
  tokenFor(account: ServiceAccount, secret: string): string;
  /** PEM; '' where there is none. */
  readonly ca: string;
}

/** By world: several API servers may run in one process, each with a key of its own. */
const sources = new WeakMap<object, TokenSource>();

/** From now on, token Secrets written against this world are filled. */
export const fillTokenSecrets = (world: object, source: TokenSource): void => void sources.set(world, source);

/**
 * A Secret of type service-account-token holds a token of the account that it names, from the moment it is written. Upstream fills it a
 * moment later, in pkg/controller/serviceaccount/tokens_controller.go; here only the API server has the key.
 */
export const tokenSecret: AdmissionPlugin = {
  name: 'TokenSecret',
  mutate({ kind, object, namespace, subresource }, world) {
    const secret = object as Secret;
    if (kind !== Secret || subresource || secret.type !== SERVICE_ACCOUNT_TOKEN) return;
    const source = sources.get(world);
    const { annotations = {}, name } = secret.metadata;
    const account = world.get(ServiceAccount, namespace, annotations[SERVICE_ACCOUNT_NAME] ?? '');
    if (!source || !account || (annotations[SERVICE_ACCOUNT_UID] && annotations[SERVICE_ACCOUNT_UID] !== account.metadata.uid)) return;
    secret.metadata.annotations = { ...annotations, [SERVICE_ACCOUNT_UID]: account.metadata.uid };
    const data = { ...(secret.data ?? {}) };
    data.token ||= toBase64(source.tokenFor(account, name));
    data.namespace ||= toBase64(namespace);
    if (source.ca !== '') data['ca.crt'] ||= toBase64(source.ca);
    secret.data = data;
  },
};
