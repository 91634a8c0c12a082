import type { ContainerPort, ContainerResizePolicy } from 'kubernetes-types/core/v1';
import { duplicate, forbidden, invalid, notFoundValue, notSupported, required, type FieldError } from '#lib/api/field-error';
import { isValidPortName, isValidPortNum } from '#lib/api/validation/names';
import type { Container, EphemeralContainer, Volume } from '#lib/api/core/pod/pod-types';
import { validateEnv, validateEnvFrom } from '#lib/api/core/pod/pod-validation-env';
import { validateDevices, validateMounts } from '#lib/api/core/pod/pod-validation-mounts';
import { validateLifecycle, validateProbes } from '#lib/api/core/pod/pod-validation-probes';
import { validateContainerResources } from '#lib/api/core/pod/pod-validation-resources';
import { unsupported } from '#lib/api/validation/rules';
import { chosen, label, obey, oneOf } from '#lib/api/core/pod/pod-validation-rules';
import { validateContainerSecurity } from '#lib/api/core/pod/pod-validation-security';

/** What containers are checked against besides themselves. */
export interface ContainerContext {
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
  readonly gracePeriod: number | undefined;
  readonly restartPolicy: string | undefined;
  readonly hostUsers: boolean;
}

/** Regular containers. Mirrors validateContainers. */
export function validateContainers(containers: readonly Container[], context: ContainerContext, field: string): FieldError[] {
  if (containers.length === 0) return [required(field)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const path = `${field}[${i}]`;
    const own = validateCommon(container, context, path);
    if (names.has(container.name)) own.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    own.push(...validateLifecycle(container.lifecycle, context.gracePeriod, `${path}.lifecycle`));
    own.push(...validateProbes(container, context.gracePeriod, path));
    if (container.restartPolicy) own.push(forbidden(`${path}.restartPolicy`, 'may not be set for non-init containers'));
    return own;
  });
  return [...errors, ...hostPortConflicts(containers.map((container, i) => [container, `${field}[${i}]`]))];
}

/** Init containers; those that keep running beside the others are sidecars. Mirrors validateInitContainers. */
export function validateInitContainers(
  containers: readonly Container[],
  regular: readonly Container[],
  context: ContainerContext,
  field: string,
): FieldError[] {
  const names = new Set(regular.map((container) => container.name));
  return containers.flatMap((container, i) => {
    const path = `${field}[${i}]`;
    const errors = validateCommon(container, context, path);
    errors.push(...oneOf(`${path}.restartPolicy`, container.restartPolicy, ['Always']));
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    else if (container.name) names.add(container.name);
    errors.push(...hostPortConflicts([[container, `${field}[0]`]]));
    if (container.restartPolicy === 'Always') {
      errors.push(...validateLifecycle(container.lifecycle, context.gracePeriod, `${path}.lifecycle`));
      errors.push(...validateProbes(container, context.gracePeriod, path));
    } else {
      for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[name]) errors.push(forbidden(`${path}.${name}`, 'may not be set for init containers without restartPolicy=Always'));
      }
    }
    return errors;
  });
}

const NOT_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Containers that were added to a running pod. Mirrors validateEphemeralContainers. */
export function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  others: readonly Container[],
  context: ContainerContext,
  field: string,
): FieldError[] {
  const targets = new Set(others.map((container) => container.name));
  const names = new Set(targets);
  const why = 'cannot be set for an Ephemeral Container';
  return containers.flatMap((container, i) => {
    const path = `${field}[${i}]`;
    const errors = [...validateCommon(container, context, path), ...validateImageSpaces(container, path)];
    if (names.has(container.name)) errors.push(duplicate(`${path}.name`, container.name));
    names.add(container.name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFoundValue(`${path}.targetContainerName`, target));
    for (const name of NOT_EPHEMERAL) if (isSet(container[name])) errors.push(forbidden(`${path}.${name}`, why));
    for (const [j, mount] of (container.volumeMounts ?? []).entries()) {
      if (mount.subPath) errors.push(forbidden(`${path}.volumeMounts[${j}].subPath`, why));
      if (mount.subPathExpr) errors.push(forbidden(`${path}.volumeMounts[${j}].subPathExpr`, why));
    }
    return errors;
  });
}

/** Empty lists and objects are Go's zero values: not set. */
const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0);

/** Only pods mind spaces around the image: templates with them were accepted once. Mirrors validateContainerOnlyForPod. */
export const validateImageSpaces = ({ image = '' }: { image?: string }, field: string): FieldError[] =>
  image.trim() === image ? [] : [invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')];

/** Mirrors validateContainerCommon. */
function validateCommon(container: Container | EphemeralContainer, context: ContainerContext, field: string): FieldError[] {
  return [
    ...(container.name ? label(`${field}.name`, container.name) : [required(`${field}.name`)]),
    ...(container.image ? [] : [required(`${field}.image`)]),
    ...chosen(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...validatePorts(container.ports ?? [], `${field}.ports`),
    ...validateEnv(container.env, `${field}.env`),
    ...validateEnvFrom(container.envFrom, `${field}.envFrom`),
    ...validateMounts(container, context.volumes, `${field}.volumeMounts`),
    ...validateDevices(container, context.volumes, `${field}.volumeDevices`),
    ...chosen(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateContainerResources(container.resources, context.claimNames, `${field}.resources`),
    ...validateResizePolicy(container.resizePolicy ?? [], context.restartPolicy, `${field}.resizePolicy`),
    ...validateContainerSecurity(container.securityContext, context.hostUsers, `${field}.securityContext`),
  ];
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Mirrors validateContainerPorts. */
function validatePorts(ports: readonly ContainerPort[], field: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const path = `${field}[${i}]`;
    const errors = port.name ? obey(`${path}.name`, port.name, isValidPortName) : [];
    if (port.name && errors.length === 0) {
      if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${path}.containerPort`));
    else errors.push(...isValidPortNum(port.containerPort).map((message) => invalid(`${path}.containerPort`, port.containerPort, message)));
    if (port.hostPort) errors.push(...isValidPortNum(port.hostPort).map((message) => invalid(`${path}.hostPort`, port.hostPort, message)));
    if (!port.protocol) errors.push(required(`${path}.protocol`));
    else if (!PROTOCOLS.includes(port.protocol)) errors.push(notSupported(`${path}.protocol`, port.protocol, PROTOCOLS));
    return errors;
  });
}

/** A port of the host can be had once. Mirrors checkHostPortConflicts. */
function hostPortConflicts(containers: readonly (readonly [Container, string])[]): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(([container, path]) =>
    (container.ports ?? []).flatMap((port, i) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) return [duplicate(`${path}.ports[${i}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
}

const RESIZABLE = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

function validateResizePolicy(policies: readonly ContainerResizePolicy[], restartPolicy: string | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap((policy, i) => {
    const errors = seen.has(policy.resourceName) ? [duplicate(`${field}[${i}]`, policy.resourceName)] : [];
    seen.add(policy.resourceName);
    for (const [value, choices] of [
      [policy.resourceName, RESIZABLE],
      [policy.restartPolicy, RESIZE_POLICIES],
    ] as const) {
      if (!value) errors.push(required(field));
      else if (!choices.includes(value)) errors.push(unsupported(field, value, choices));
    }
    if (restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired') {
      errors.push(invalid(field, policy.restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}
