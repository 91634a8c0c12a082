import type { ContainerPort, PodAffinityTerm } from 'kubernetes-types/core/v1';
import { ipWarnings } from '#lib/api/validation/ip-warnings';
import { isDNS1123Label } from '#lib/api/validation/names';
import { SoundTexts } from '#lib/api/validation/sound-texts';
import { deprecatedLabel, labelWarnings, termWarnings } from '#lib/api/core/deprecated-labels';
import { fractionWarnings } from '#lib/api/core/storage-warnings';
import { samePodSpecText } from '#lib/api/core/pod/pod-spec-text';
import {
  containersWithPaths,
  type Container,
  type EphemeralContainer,
  type PodSpec,
  type PodTemplateSpec,
  type ResourceList,
  type Volume,
} from '#lib/api/core/pod/pod-types';

type Annotations = Readonly<Record<string, string>>;

/** Texts for `Warning:` headers when a pod is created. Mirrors WarningsOnCreate of the pod strategy and pkg/api/pod/warnings.go. */
export function podWarnings(pod: { metadata: { name: string; annotations?: Annotations }; spec: PodSpec }): string[] {
  const problems = isDNS1123Label(pod.metadata.name ?? '');
  const hostname =
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: ";
  return [...(problems.length > 0 ? [`${hostname}[${problems.join(' ')}]`] : []), ...specWarnings(pod)];
}

/** Of the pods of one template the specs are equal, and nearly always there is nothing to say. */
const sound = new SoundTexts();

function specWarnings(pod: { metadata: { name: string; annotations?: Annotations }; spec: PodSpec }): string[] {
  const { annotations } = pod.metadata;
  const warnings = (): string[] => warningsFor(pod.spec, annotations ?? {}, '');
  return annotations ? warnings() : sound.errorsOf(samePodSpecText(pod), warnings);
}

/** The same for the template of a workload that stands at `path`, e.g. `spec.template`. Mirrors GetWarningsForPodTemplate. */
export const podTemplateWarnings = (template: PodTemplateSpec, path: string): string[] =>
  template.spec ? warningsFor(template.spec, template.metadata?.annotations ?? {}, `${path}.`) : [];

function warningsFor(spec: PodSpec, annotations: Annotations, prefix: string): string[] {
  const path = `${prefix}spec`;
  const containers = containersWithPaths(spec, path);
  return [
    ...placementWarnings(spec, path),
    ...annotationWarnings(annotations, spec, prefix, containers),
    ...(spec.volumes ?? []).flatMap((volume, i) => volumeWarnings(volume, `${path}.volumes[${i}]`)),
    ...repeated((spec.hostAliases ?? []).map(({ ip }) => ip ?? '')).map(
      ([i, ip]) => `${path}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => ipWarnings(ip ?? '', `${path}.hostAliases[${i}].ip`)),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((server, i) => ipWarnings(server, `${path}.dnsConfig.nameservers[${i}]`)),
    ...pullSecretWarnings(spec, path),
    ...fractions(spec.overhead, `${path}.overhead`),
    ...containers.flatMap(([container, place]) => [
      ...fractions(container.resources?.limits, `${place}.resources.limits`),
      ...fractions(container.resources?.requests, `${place}.resources.requests`),
      ...envWarnings(container, place),
    ]),
    ...portWarnings(containers),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec, path),
  ];
}

function placementWarnings(spec: PodSpec, path: string): string[] {
  const node = spec.affinity?.nodeAffinity;
  const place = `${path}.affinity.nodeAffinity`;
  const terms = [
    ...(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).map(
      (term, i) => [term, `${place}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`] as const,
    ),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ preference }, i) => [preference, `${place}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`] as const,
    ),
  ];
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const text = deprecatedLabel(key);
      return text === undefined ? [] : [`${path}.nodeSelector[${key}]: ${text}`];
    }),
    ...terms.flatMap(([term, at]) => termWarnings(term, at)),
    ...(spec.topologySpreadConstraints ?? []).flatMap((constraint, i) => {
      const at = `${path}.topologySpreadConstraints[${i}]`;
      const unset = constraint.labelSelector ? [] : [`${at}.labelSelector: a null labelSelector results in matching no pod`];
      return [...labelWarnings(constraint.topologyKey, `${at}.topologyKey`), ...unset];
    }),
  ];
}

const DEPRECATED_ANNOTATIONS: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

type Placed = readonly (readonly [Container | EphemeralContainer, string])[];

function annotationWarnings(annotations: Annotations, spec: PodSpec, prefix: string, containers: Placed): string[] {
  const warn = (key: string, text: string): string[] => (key in annotations ? [`${prefix}metadata.annotations[${key}]: ${text}`] : []);
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const appArmor = 'deprecated since v1.30; use the "appArmorProfile" field instead';
  return [
    ...DEPRECATED_ANNOTATIONS.flatMap(([key, text]) => warn(key, text)),
    ...(spec.securityContext?.seccompProfile ? [] : warn('seccomp.security.alpha.kubernetes.io/pod', seccomp)),
    ...containers.flatMap(([container]) => [
      ...(container.securityContext?.seccompProfile
        ? []
        : warn(`container.seccomp.security.alpha.kubernetes.io/${container.name}`, seccomp)),
      ...(spec.securityContext?.appArmorProfile || container.securityContext?.appArmorProfile
        ? []
        : warn(`container.apparmor.security.beta.kubernetes.io/${container.name}`, appArmor)),
    ]),
  ];
}

const DEPRECATED_VOLUMES: Partial<Record<keyof Volume, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const volumeWarnings = (volume: Volume, path: string): string[] =>
  (Object.keys(DEPRECATED_VOLUMES) as (keyof Volume)[])
    .filter((source) => volume[source])
    .map((source) => `${path}.${source === 'storageos' ? 'storageOS' : source}: ${DEPRECATED_VOLUMES[source]}`);

/** Index and value of every second and later occurrence. */
function repeated(values: readonly string[]): [number, string][] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [[i, value] as [number, string]] : []));
}

function pullSecretWarnings({ imagePullSecrets = [] }: PodSpec, path: string): string[] {
  const names = imagePullSecrets.map(({ name }) => name ?? '');
  return [
    ...repeated(names).map(([i, name]) => `${path}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(name)}`),
    ...names.flatMap((name, i) => (name === '' ? [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`] : [])),
  ];
}

const fractions = (list: ResourceList | undefined, path: string): string[] =>
  ['memory', 'ephemeral-storage'].flatMap((name) => fractionWarnings(list?.[name], `${path}[${name}]`));

/** A variable that is defined twice is lost on apply, unless the second builds on the first. */
function envWarnings({ env = [] }: Container | EphemeralContainer, path: string): string[] {
  return repeated(env.map(({ name }) => name)).flatMap(([i, name]) => {
    const { value = '', valueFrom } = env[i] ?? {};
    const reference = `$(${name})`;
    if (!valueFrom && value !== reference && value.includes(reference)) return [];
    return [`${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`];
  });
}

function portWarnings(containers: Placed): string[] {
  const seen: { port: ContainerPort; place: string }[] = [];
  const warnings: string[] = [];
  for (const [container, path] of containers) {
    for (const [i, port] of (container.ports ?? []).entries()) {
      const place = `${path}.ports[${i}]`;
      for (const other of seen) {
        const how = samePort(port, other.port) ? overlap(port, other.port) : undefined;
        if (how !== undefined) warnings.push(`${place}: ${how} port definition with ${other.place}`);
      }
      seen.push({ port, place });
    }
  }
  return warnings;
}

const samePort = (a: ContainerPort, b: ContainerPort): boolean => a.containerPort === b.containerPort && a.protocol === b.protocol;

function overlap(a: ContainerPort, b: ContainerPort): string | undefined {
  const [hostA, hostB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (ipA === ipB && hostA === hostB) return 'duplicate';
  if (hostA === 0 || hostB === 0) return 'overlapping';
  return hostA === hostB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : undefined;
}

function affinityWarnings(spec: PodSpec, path: string): string[] {
  const unset = (term: PodAffinityTerm, place: string): string[] =>
    term.labelSelector ? [] : [`${place}.labelSelector: a null labelSelector results in matching no pod`];
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const affinity = spec.affinity?.[kind];
    const place = `${path}.affinity.${kind}`;
    return [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, i) =>
        unset(term, `${place}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`),
      ),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) =>
        unset(podAffinityTerm, `${place}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm`),
      ),
    ];
  });
}
