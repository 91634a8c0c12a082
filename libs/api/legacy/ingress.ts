import type { Ingress as StoredIngress, IngressBackend } from 'kubernetes-types/networking/v1';
import type { KubeObject } from '#lib/api/meta';

/** A backend as the beta versions wrote it. */
interface OldBackend {
  readonly serviceName?: string;
  readonly servicePort?: number | string;
  readonly resource?: IngressBackend['resource'];
}

interface OldPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend?: OldBackend;
}

type OldSpec = {
  readonly backend?: OldBackend;
  readonly rules?: readonly { readonly host?: string; readonly http?: { readonly paths: readonly OldPath[] } }[];
};
type Old = KubeObject & { readonly spec?: OldSpec };
type NewSpec = NonNullable<StoredIngress['spec']>;
type New = KubeObject & { readonly spec?: NewSpec };

/** Backends got a name of their own for services; a path had no type. Mirrors pkg/apis/networking/v1beta1/conversion.go. */
export function ingressToStored(object: KubeObject): KubeObject {
  const { spec } = object as Old;
  if (!spec) return object;
  const { backend, rules, ...rest } = spec;
  return {
    ...object,
    spec: {
      ...rest,
      ...(backend && { defaultBackend: newBackend(backend) }),
      ...(rules && {
        rules: rules.map((rule) =>
          withPaths(rule, (path: OldPath) => ({
            ...path,
            pathType: path.pathType ?? 'ImplementationSpecific',
            backend: newBackend(path.backend ?? {}),
          })),
        ),
      }),
    },
  } as KubeObject;
}

/** The way back. */
export function ingressFromStored(object: KubeObject): KubeObject {
  const { spec } = object as New;
  if (!spec) return object;
  const { defaultBackend, rules, ...rest } = spec;
  return {
    ...object,
    spec: {
      ...rest,
      ...(defaultBackend && { backend: oldBackend(defaultBackend) }),
      ...(rules && {
        rules: rules.map((rule) =>
          withPaths(rule, (path: { backend: IngressBackend }) => ({ ...path, backend: oldBackend(path.backend) })),
        ),
      }),
    },
  } as KubeObject;
}

function withPaths<P>(rule: { readonly http?: { readonly paths: readonly unknown[] } }, change: (path: P) => object): object {
  return rule.http ? { ...rule, http: { ...rule.http, paths: (rule.http.paths ?? []).map((path) => change(path as P)) } } : rule;
}

/** A service is meant as soon as its name or port is given. */
function newBackend({ serviceName = '', servicePort, resource }: OldBackend): IngressBackend {
  const isService = serviceName !== '' || typeof servicePort === 'string' || (servicePort ?? 0) !== 0;
  const port = typeof servicePort === 'string' ? { name: servicePort } : servicePort ? { number: servicePort } : {};
  return { ...(isService && { service: { name: serviceName, port } }), ...(resource && { resource }) };
}

function oldBackend({ service, resource }: IngressBackend): OldBackend {
  const port = service?.port?.name ? service.port.name : service?.port?.number;
  return { ...(service && { serviceName: service.name, servicePort: port ?? 0 }), ...(resource && { resource }) };
}
