import { Pod } from '#lib/api/core/pod/pod';
import type { World } from '#lib/reconcile/world';
import type { Access, User } from './authorizer';

const READS = new Set(['get', 'list', 'watch']);

/**
 * Why a node may have something that a pod of its own needs: a secret or config map by name, or a token of the pod's account. Undefined
 * when it may not, or when this is not about that. Never remembered: pods come and go. Mirrors plugin/pkg/auth/authorizer/node.
 */
export function nodeAccess(user: User, access: Access, world: World): string | undefined {
  if ('path' in access || access.group !== '' || access.name === '') return undefined;
  if (!user.name.startsWith('system:node:') || !user.groups.includes('system:nodes')) return undefined;
  const namesOf = needs(access);
  if (!namesOf) return undefined;
  const pods = world.indexed(Pod, 'node', user.name.slice('system:node:'.length));
  const pod = pods.find((one) => one.metadata.namespace === access.namespace && namesOf(one.spec).includes(access.name));
  return pod && `node authorizer: pod ${access.namespace}/${pod.metadata.name} of this node needs it`;
}

/** Whose names of a pod's spec count. */
function needs({ verb, resource, subresource }: Exclude<Access, { path: string }>): ((spec: Spec) => Names) | undefined {
  if (resource === 'serviceaccounts') return verb === 'create' && subresource === 'token' ? (spec) => [spec.serviceAccountName] : undefined;
  if (subresource || !READS.has(verb)) return undefined;
  return resource === 'secrets' ? secretsOf : resource === 'configmaps' ? configMapsOf : undefined;
}

type Spec = Pod['spec'];
type Names = (string | undefined)[];

const containersOf = (spec: Spec) => [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
const sourcesOf = (spec: Spec) => (spec.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);

const secretsOf = (spec: Spec): Names => [
  ...(spec.imagePullSecrets ?? []).map((secret) => secret.name),
  ...(spec.volumes ?? []).map((volume) => volume.secret?.secretName),
  ...sourcesOf(spec).map((source) => source.secret?.name),
  ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [
    ...env.map((one) => one.valueFrom?.secretKeyRef?.name),
    ...envFrom.map((one) => one.secretRef?.name),
  ]),
];

const configMapsOf = (spec: Spec): Names => [
  ...(spec.volumes ?? []).map((volume) => volume.configMap?.name),
  ...sourcesOf(spec).map((source) => source.configMap?.name),
  ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [
    ...env.map((one) => one.valueFrom?.configMapKeyRef?.name),
    ...envFrom.map((one) => one.configMapRef?.name),
  ]),
];
