import type { ServiceAccount, Toleration, VolumeMount } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import type { PodSpec, Volume } from '#lib/api/core/pod/pod-types';
import { MIRROR_ANNOTATION } from '#lib/api/core/pod/pod-validation-annotations';

/** What the built-in admission plugins do to a pod, as functions that change the pod in place. */

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
/** How long a pod stays on a node that does not answer. */
const TOLERATION_SECONDS = 300;

/** Gives the pod five minutes on a node that failed, unless it says otherwise. Mirrors plugin/pkg/admission/defaulttolerationseconds. */
export function addDefaultTolerations(pod: { spec: PodSpec }): void {
  const given = pod.spec.tolerations ?? [];
  const added = [NOT_READY, UNREACHABLE].filter((key) => !given.some((toleration) => bears(toleration, key)));
  if (added.length === 0) return;
  pod.spec.tolerations = [
    ...given,
    ...added.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: TOLERATION_SECONDS })),
  ];
}

const bears = ({ key, effect }: Toleration, taint: string): boolean => (!key || key === taint) && (!effect || effect === 'NoExecute');

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** What the names of token volumes begin with; five characters of chance follow. */
export const TOKEN_VOLUME = 'kube-api-access-';
/** An hour, and seven seconds by which upstream tells its own volumes from those that users wrote. */
const TOKEN_SECONDS = 3607;

/** The service account a pod runs as: `default` when it names none. */
export const serviceAccountNameOf = (pod: { spec: PodSpec }): string => pod.spec.serviceAccountName || 'default';

/** Pods that a kubelet shows here bring everything along: they have no account. */
export const isMirrorPod = (pod: Pick<Pod, 'metadata'>): boolean => MIRROR_ANNOTATION in (pod.metadata.annotations ?? {});

/**
 * Runs the pod as the account: names it, mounts a projected token into every container and hands over pull secrets.
 * `suffix` is five random characters for the name of the volume. Mirrors plugin/pkg/admission/serviceaccount.
 */
export function mountServiceAccount(
  pod: { spec: PodSpec },
  account: Pick<ServiceAccount, 'automountServiceAccountToken' | 'imagePullSecrets'>,
  suffix: string,
): void {
  const { spec } = pod;
  const name = serviceAccountNameOf(pod);
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, suffix);
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
    spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ name: secret.name }));
  }
}

function mountToken(spec: PodSpec, suffix: string): void {
  const existing = spec.volumes?.find((volume) => volume.name.startsWith(TOKEN_VOLUME));
  const name = existing?.name ?? `${TOKEN_VOLUME}${suffix}`;
  const mount: VolumeMount = { mountPath: TOKEN_PATH, name, readOnly: true };
  let isNeeded = false;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (container.volumeMounts?.some((one) => one.mountPath === TOKEN_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }];
    isNeeded = true;
  }
  if (isNeeded && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

/** The same in all pods, so that a world holds it once. */
const TOKEN_SOURCES: NonNullable<Volume['projected']> = {
  defaultMode: 420,
  sources: [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
    { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
    { downwardAPI: { items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }] } },
  ],
};

const tokenVolume = (name: string): Volume => ({ name, projected: TOKEN_SOURCES });

/** scheduling.k8s.io/v1 PriorityClass, as far as it decides. */
export interface PriorityClass {
  readonly name: string;
  readonly value: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy?: string;
}

/** They exist in every cluster. */
export const SYSTEM_PRIORITY_CLASSES: readonly PriorityClass[] = [
  { name: 'system-node-critical', value: 2_000_001_000 },
  { name: 'system-cluster-critical', value: 2_000_000_000 },
];

/**
 * Computes `spec.priority` and `spec.preemptionPolicy` from the class the pod names, else from the default class, else 0.
 * Answers why the pod is to be refused (403), or undefined. Mirrors plugin/pkg/admission/priority.
 */
export function applyPriority(pod: { spec: PodSpec }, classes: readonly PriorityClass[] = SYSTEM_PRIORITY_CLASSES): string | undefined {
  const { spec } = pod;
  if (!spec.priorityClassName) {
    const fallback = classes.filter((one) => one.globalDefault).sort((a, b) => a.value - b.value)[0];
    if (fallback) spec.priorityClassName = fallback.name;
  }
  const found = classes.find((one) => one.name === spec.priorityClassName);
  if (spec.priorityClassName && !found) return `no PriorityClass with name ${spec.priorityClassName} was found`;
  const { value, preemptionPolicy = 'PreemptLowerPriority' } = found ?? { value: 0 };
  const why = (what: string, computed: string | number): string =>
    `the ${what} must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
  if (spec.priority !== undefined && spec.priority !== value) return why(`integer value of priority (${spec.priority})`, value);
  if (spec.preemptionPolicy && spec.preemptionPolicy !== preemptionPolicy) {
    return why(`string value of PreemptionPolicy (${spec.preemptionPolicy})`, preemptionPolicy);
  }
  spec.priority = value;
  spec.preemptionPolicy = preemptionPolicy;
  return undefined;
}

/** On update a pod keeps the priority it was given when the client leaves it out. */
export function keepPriority(pod: { spec: PodSpec }, previous: { spec: PodSpec }): void {
  if (pod.spec.priority === undefined && previous.spec.priority !== undefined) pod.spec.priority = previous.spec.priority;
  if (!pod.spec.preemptionPolicy && previous.spec.preemptionPolicy) pod.spec.preemptionPolicy = previous.spec.preemptionPolicy;
}
