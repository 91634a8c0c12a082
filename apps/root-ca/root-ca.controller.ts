import { ConfigMap } from '#lib/api/core/configmap';
import { Namespace } from '#lib/api/core/namespace';
import { sameValue } from '#lib/api/equality';
import { create, update } from '#lib/reconcile/command';
import { defineController, type ObjectController } from '#lib/reconcile/controller';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION = 'kubernetes.io/description';
const TEXT =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or ' +
  'kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** The certificates as PEM: a fact from outside the world, so it is recorded with each decision. */
export interface RootCaFacts {
  readonly ca: string;
}

/** Publishes the cluster's CA to every active namespace. Mirrors kubernetes/pkg/controller/certificates/rootcacertpublisher. */
export const rootCa = (readCa: () => string): ObjectController<Namespace, RootCaFacts> =>
  defineController<Namespace, RootCaFacts>({
    name: 'root-ca',
    component: 'root-ca-cert-publisher',
    for: Namespace,
    watches: [{ kind: ConfigMap, keys: ({ object }) => (object.metadata.name === NAME ? [object.metadata.namespace ?? ''] : []) }],
    gather: () => ({ ca: readCa() }),

    reconcile({ metadata: { name: namespace }, status }, world, _now, facts) {
      if (status.phase !== 'Active' || !facts) return [];
      const data = { 'ca.crt': facts.ca };
      const published = world.get(ConfigMap, namespace, NAME);
      if (!published) {
        return [
          create({
            apiVersion: ConfigMap.apiVersion,
            kind: ConfigMap.kind,
            metadata: { name: NAME, namespace, annotations: { [DESCRIPTION]: TEXT } },
            ...{ data },
          }),
        ];
      }
      const { annotations } = published.metadata;
      if (sameValue(published.data, data) && annotations?.[DESCRIPTION]) return [];
      return [
        update({ ...published, metadata: { ...published.metadata, annotations: { ...annotations, [DESCRIPTION]: TEXT } }, ...{ data } }),
      ];
    },
  });
