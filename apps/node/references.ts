import type { Container, EnvFromSource, EnvVar, Volume } from 'kubernetes-types/core/v1';
import { ConfigMap } from '#lib/api/core/configmap';
import type { Pod } from '#lib/api/core/pod/pod';
import { Secret } from '#lib/api/core/secret';
import type { World } from '#lib/reconcile/world';
import { hostPathProblem } from './host-paths';

/** What the pod's spec speaks of and the world does not have. */
export interface MissingReferences {
  /** Why the volumes cannot be mounted; one text per volume. */
  readonly mounts: readonly string[];
  /** By container: why its environment cannot be made. */
  readonly environments: Readonly<Record<string, string>>;
}

/** Looks up every ConfigMap and Secret that the pod needs. Mirrors volume setup and kubelet_pods.makeEnvironmentVariables. */
export function missingReferences(pod: Pod, world: World): MissingReferences {
  const namespace = pod.metadata.namespace ?? '';
  const mounts: string[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const problem = volumeProblem(volume, namespace, world);
    if (problem) mounts.push(`MountVolume.SetUp failed for volume "${volume.name}" : ${problem}`);
  }
  const environments: Record<string, string> = {};
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    const problem = environmentProblem(container, namespace, world);
    if (problem) environments[container.name] = problem;
  }
  return { mounts, environments };
}

type Keys = readonly { key: string }[] | undefined;

function volumeProblem(volume: Volume, namespace: string, world: World): string | undefined {
  const { configMap, hostPath, secret, projected } = volume;
  if (hostPath) return hostPathProblem(hostPath);
  if (configMap) return sourceProblem('configmap', configMap.name, configMap.items, configMap.optional, namespace, world);
  if (secret) return sourceProblem('secret', secret.secretName, secret.items, secret.optional, namespace, world);
  for (const source of projected?.sources ?? []) {
    const problem =
      (source.configMap &&
        sourceProblem('configmap', source.configMap.name, source.configMap.items, source.configMap.optional, namespace, world)) ??
      (source.secret && sourceProblem('secret', source.secret.name, source.secret.items, source.secret.optional, namespace, world));
    if (problem) return problem;
  }
  return undefined;
}

function sourceProblem(
  what: Source,
  name = '',
  items: Keys,
  optional: boolean | undefined,
  namespace: string,
  world: World,
): string | undefined {
  if (optional) return undefined;
  const keys = keysOf(what, name, namespace, world);
  if (!keys) return `${what} "${name}" not found`;
  return items?.some(({ key }) => !keys.has(key))
    ? `${what} references non-existent config key: ${items.find(({ key }) => !keys.has(key))?.key}`
    : undefined;
}

function environmentProblem({ env, envFrom }: Container, namespace: string, world: World): string | undefined {
  for (const source of envFrom ?? []) {
    const problem = envFromProblem(source, namespace, world);
    if (problem) return problem;
  }
  for (const variable of env ?? []) {
    const problem = variableProblem(variable, namespace, world);
    if (problem) return problem;
  }
  return undefined;
}

function envFromProblem({ configMapRef, secretRef }: EnvFromSource, namespace: string, world: World): string | undefined {
  if (configMapRef && !configMapRef.optional && !keysOf('configmap', configMapRef.name ?? '', namespace, world))
    return `configmap "${configMapRef.name}" not found`;
  if (secretRef && !secretRef.optional && !keysOf('secret', secretRef.name ?? '', namespace, world))
    return `secret "${secretRef.name}" not found`;
  return undefined;
}

function variableProblem({ valueFrom }: EnvVar, namespace: string, world: World): string | undefined {
  const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
  if (configMapKeyRef) return keyProblem('configmap', 'ConfigMap', configMapKeyRef, namespace, world);
  if (secretKeyRef) return keyProblem('secret', 'Secret', secretKeyRef, namespace, world);
  return undefined;
}

function keyProblem(
  what: Source,
  kind: string,
  ref: { name?: string; key: string; optional?: boolean },
  namespace: string,
  world: World,
): string | undefined {
  if (ref.optional) return undefined;
  const keys = keysOf(what, ref.name ?? '', namespace, world);
  if (!keys) return `${what} "${ref.name}" not found`;
  return keys.has(ref.key) ? undefined : `couldn't find key ${ref.key} in ${kind} ${namespace}/${ref.name}`;
}

type Source = 'configmap' | 'secret';

/** The keys that it has; undefined when it is not there. */
function keysOf(what: Source, name: string, namespace: string, world: World): ReadonlySet<string> | undefined {
  if (what === 'secret') {
    const secret = world.get(Secret, namespace, name);
    return secret && new Set(Object.keys(secret.data ?? {}));
  }
  const map = world.get(ConfigMap, namespace, name);
  return map && new Set([...Object.keys(map.data ?? {}), ...Object.keys(map.binaryData ?? {})]);
}

/** Whether the pod speaks of this ConfigMap or Secret by name. A quick look: a false alarm costs one decision. */
export const mayReferTo = (pod: Pod, name: string): boolean =>
  JSON.stringify([pod.spec.volumes, [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => [c.env, c.envFrom])]).includes(
    `"${name}"`,
  );
