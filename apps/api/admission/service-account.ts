import { forbiddenAccess } from '#lib/api/errors';
import { Namespace } from '#lib/api/core/namespace';
import { Pod } from '#lib/api/core/pod/pod';
import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { mountServiceAccount } from '#lib/api/core/pod/pod-admission';
import { requireNamespace } from './namespace-lifecycle';
import type { AdmissionPlugin } from './plugin';
import { randomSuffix } from '../write/random';

const PATIENCE_MS = 1000;

const accountOf = (draft: object): string => {
  const { spec } = draft as { spec?: { serviceAccountName?: string; serviceAccount?: string } };
  return spec?.serviceAccountName || spec?.serviceAccount || 'default';
};

/**
 * A pod runs as a service account, and gets its token mounted. Mirrors plugin/pkg/admission/serviceaccount.
 * Mirror pods, which the kubelet reports, are left alone.
 */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  /** A namespace has its account a moment after it was made; upstream looks ten times for `default`, too, and only for that. */
  ready(kind, namespace, draft, world) {
    if (kind !== Pod || accountOf(draft) !== 'default') return undefined;
    const isThere = (): boolean => world.get(ServiceAccount, namespace, 'default') !== undefined;
    if (isThere() || !world.get(Namespace, '', namespace)) return undefined;
    return world.until(isThere, PATIENCE_MS);
  },
  mutate(request, world) {
    if (request.kind !== Pod || request.operation !== 'CREATE' || request.subresource) return;
    const pod = request.object as Pod;
    if (pod.metadata.annotations?.['kubernetes.io/config.mirror']) return;
    pod.spec.serviceAccountName ||= 'default';
    pod.spec.serviceAccount = pod.spec.serviceAccountName;
    const account = world.get(ServiceAccount, request.namespace, pod.spec.serviceAccountName);
    if (!account) {
      requireNamespace(request, world); // where there is no namespace, that is what is missing
      const which = `${request.namespace}/${pod.spec.serviceAccountName}`;
      const why = `error looking up service account ${which}: serviceaccount "${pod.spec.serviceAccountName}" not found`;
      throw forbiddenAccess(Pod, pod.metadata.name ?? '', why);
    }
    if (account.imagePullSecrets?.length && !pod.spec.imagePullSecrets?.length)
      pod.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    mountServiceAccount(pod, account, randomSuffix());
  },
};
