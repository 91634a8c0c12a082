import type { Binding } from 'kubernetes-types/core/v1';
import { forbidden, invalid, required, type FieldError } from '#lib/api/field-error';
import { isValidIP } from '#lib/api/validation/ip';
import { validateAnnotations, validateLabels } from '#lib/api/validation/labels';
import { rangeError } from '#lib/api/validation/names';
import { podSpecText } from '#lib/api/core/pod/pod-spec-text';
import type { PodSpec, PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import {
  validateContainers,
  validateEphemeralContainers,
  validateImageSpaces,
  validateInitContainers,
  type ContainerContext,
} from '#lib/api/core/pod/pod-validation-containers';
import { validatePodAnnotations, validateSeccompAnnotations } from '#lib/api/core/pod/pod-validation-annotations';
import { validateOverhead, validatePodResources } from '#lib/api/core/pod/pod-validation-resources';
import { unsupported } from '#lib/api/validation/rules';
import { SoundTexts } from '#lib/api/validation/sound-texts';
import { chosen, isSearchDomain, label, obey, present, qualifiedName, subdomain, unique } from '#lib/api/core/pod/pod-validation-rules';
import {
  validateAffinity,
  validateSchedulingGates,
  validateTolerations,
  validateTopologySpread,
} from '#lib/api/core/pod/pod-validation-scheduling';
import { validateOs, validatePodSecurity } from '#lib/api/core/pod/pod-validation-security';
import { validateVolumes } from '#lib/api/core/pod/pod-validation-volumes';

const MAX_INT32 = 2 ** 31 - 1;

/** What a pod and its spec look like to validation. */
interface PodLike {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: PodSpec;
}

/** Of the pods of one template the specs are equal: in profiles under load looking that up took 41 µs, checking it again 95. */
const sound = new SoundTexts();

/** Everything about a pod by itself, but its metadata. Mirrors validatePodMetadataAndSpec. */
export function validatePod(pod: PodLike): FieldError[] {
  const { spec, metadata } = pod;
  return [
    ...validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations'),
    ...sound.errorsOf(podSpecText(pod), () => validatePodSpec(spec, 'spec', metadata.name)),
    ...tokensNeedAccount(spec),
    ...spec.containers.flatMap((container, i) => validateImageSpaces(container, `spec.containers[${i}]`)),
    ...(spec.initContainers ?? []).flatMap((container, i) => validateImageSpaces(container, `spec.initContainers[${i}]`)),
    ...hostPortsMatch(spec, 'spec', true),
  ];
}

/** What only a new pod can do wrong. Mirrors ValidatePodCreate. */
export function validateNewPod({ metadata, spec }: PodLike): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ephemeralContainers?.length) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && spec.schedulingGates?.length) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return [...errors, ...validateSeccompAnnotations(metadata.annotations, spec, 'spec')];
}

/**
 * The template of a workload; `path` is where it stands, e.g. `spec.template`. Mirrors ValidatePodTemplateSpec.
 * Which restart policies a workload bears is its own business.
 */
export function validatePodTemplateSpec(template: PodTemplateSpec, path: string): FieldError[] {
  const spec = template.spec ?? { containers: [] };
  const { labels, annotations } = template.metadata ?? {};
  const errors = [
    ...validateLabels(labels, `${path}.labels`),
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...validatePodAnnotations(annotations, spec, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`, ''),
    ...hostPortsMatch(spec, `${path}.spec`, false),
    ...validateSeccompAnnotations(annotations, spec, `${path}.spec`),
  ];
  if (spec.ephemeralContainers?.length)
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  return errors;
}

/** A pod spec wherever it stands. `podName` is '' in templates. Mirrors ValidatePodSpec. */
export function validatePodSpec(spec: PodSpec, path: string, podName: string): FieldError[] {
  const { valid, errors: volumeErrors } = validateVolumes(spec.volumes ?? [], podName, `${path}.volumes`);
  const claims = spec.resourceClaims ?? [];
  const context: ContainerContext = {
    volumes: valid,
    claimNames: new Set(claims.map((claim) => claim.name).filter((name) => name)),
    gracePeriod: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy,
    hostUsers: spec.hostUsers !== false,
  };
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(`${path}.terminationGracePeriodSeconds`)] : []),
    ...volumeErrors,
    ...validateClaims(claims, `${path}.resourceClaims`),
    ...validateContainers(containers, context, `${path}.containers`),
    ...validateInitContainers(initContainers, containers, context, `${path}.initContainers`),
    ...validateEphemeralContainers(ephemeralContainers, [...containers, ...initContainers], context, `${path}.ephemeralContainers`),
    ...validatePodResources(spec, context.claimNames, `${path}.resources`),
    ...chosen(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...chosen(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurity(spec, `${path}.securityContext`),
    ...validatePullSecrets(spec, `${path}.imagePullSecrets`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDns(spec, `${path}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap((gate, i) => qualifiedName(`${path}.readinessGates[${i}].conditionType`, gate.conditionType)),
    ...validateSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateHostUsers(spec, path),
    ...validateScalars(spec, path),
    ...validateOs(spec, path),
  ];
}

/** The fields that are one text or one number. */
function validateScalars(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.serviceAccountName) errors.push(...subdomain(`${path}.serviceAccountName`, spec.serviceAccountName));
  if (spec.nodeName) errors.push(...subdomain(`${path}.nodeName`, spec.nodeName));
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32)) {
    errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, rangeError(1, MAX_INT32)));
  }
  if (spec.hostname) errors.push(...label(`${path}.hostname`, spec.hostname));
  if (spec.subdomain) errors.push(...label(`${path}.subdomain`, spec.subdomain));
  errors.push(...validateTolerations(spec.tolerations, `${path}.tolerations`));
  for (const [i, alias] of (spec.hostAliases ?? []).entries()) {
    errors.push(...obey(`${path}.hostAliases[${i}].ip`, alias.ip ?? '', isValidIP));
    for (const [j, name] of (alias.hostnames ?? []).entries()) errors.push(...subdomain(`${path}.hostAliases[${i}].hostnames[${j}]`, name));
  }
  if (spec.priorityClassName) errors.push(...subdomain(`${path}.priorityClassName`, spec.priorityClassName));
  if (spec.runtimeClassName !== undefined) errors.push(...subdomain(`${path}.runtimeClassName`, spec.runtimeClassName));
  if (spec.preemptionPolicy !== undefined) {
    errors.push(...chosen(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']));
  }
  if (spec.overhead) errors.push(...validateOverhead(spec.overhead, `${path}.overhead`));
  return errors;
}

function validateClaims(claims: NonNullable<PodSpec['resourceClaims']>, field: string): FieldError[] {
  const names = claims.map((claim, i) => [`${field}[${i}].name`, claim.name] as const);
  return [
    ...names.flatMap(([path, name]) => (name ? label(path, name) : [required(path)])),
    ...unique(names),
    ...claims.flatMap((claim, i) => {
      const { resourceClaimName: one, resourceClaimTemplateName: template } = claim;
      const path = `${field}[${i}]`;
      const count = [one, template].filter((name) => name !== undefined).length;
      const errors: FieldError[] = [];
      if (count === 2)
        errors.push(invalid(path, claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'));
      if (count === 0) errors.push(invalid(path, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
      if (one !== undefined) errors.push(...subdomain(`${path}.resourceClaimName`, one));
      if (template !== undefined) errors.push(...subdomain(`${path}.resourceClaimTemplateName`, template));
      return errors;
    }),
  ];
}

function validatePullSecrets(spec: PodSpec, field: string): FieldError[] {
  return (spec.imagePullSecrets ?? []).flatMap((secret, i) =>
    Object.keys(secret).some((key) => key !== 'name') ? [invalid(`${field}[${i}]`, secret, 'only name may be set')] : [],
  );
}

/** Mirrors validatePodDNSConfig; the limits are those of the C library's resolver. */
function validateDns({ dnsPolicy, dnsConfig }: PodSpec, field: string): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === 'None' && !dnsConfig) return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    return [required(`${field}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  const errors: FieldError[] = [];
  if (nameservers.length > 3) errors.push(invalid(`${field}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  errors.push(...nameservers.flatMap((server, i) => obey(`${field}.nameservers[${i}]`, server, isValidIP)));
  if (searches.length > 32) errors.push(invalid(`${field}.searches`, searches, 'must not have more than 32 search paths'));
  if (searches.join(' ').length > 2048) {
    errors.push(invalid(`${field}.searches`, searches, 'must not have more than 2048 characters (including spaces) in the search list'));
  }
  for (const [i, search] of searches.entries()) {
    if (search !== '.') errors.push(...obey(`${field}.searches[${i}]`, search.replace(/\.$/, ''), isSearchDomain));
  }
  return [...errors, ...options.flatMap((option, i) => present(`${field}.options[${i}]`, option.name, 'must not be empty'))];
}

/** A user namespace of its own does not go with namespaces of the host. Mirrors validateHostUsers. */
function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const names = [
    ['hostNetwork', 'hostNetwork'],
    ['hostPID', 'HostPID'],
    ['hostIPC', 'HostIPC'],
  ] as const;
  return names.filter(([name]) => spec[name]).map(([, shown]) => forbidden(`${path}.${shown}`, 'when `pod.Spec.HostUsers` is false'));
}

/** On the host's network a host port is the container's; templates may leave it open. Mirrors validatePodHostNetworkDeps. */
function hostPortsMatch(spec: PodSpec, path: string, isPod: boolean): FieldError[] {
  if (!spec.hostNetwork) return [];
  return spec.containers.flatMap((container, i) =>
    (container.ports ?? []).flatMap(({ hostPort = 0, containerPort }, j) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      return [invalid(`${path}.containers[${i}].ports[${j}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function tokensNeedAccount(spec: PodSpec): FieldError[] {
  if (spec.serviceAccountName) return [];
  return (spec.volumes ?? []).flatMap((volume, i) =>
    (volume.projected?.sources ?? []).flatMap((source, j) => {
      const path = `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`;
      return source.serviceAccountToken ? [forbidden(path, 'must not be specified when serviceAccountName is not set')] : [];
    }),
  );
}

/** Mirrors ValidatePodBinding. */
export function validateBinding({ target }: Pick<Binding, 'target'>): FieldError[] {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== 'Node') errors.push(unsupported('target.kind', target.kind, ['Node', '<empty>']));
  if (!target?.name) errors.push(required('target.name'));
  return errors;
}
