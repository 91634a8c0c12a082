import { forbidden, invalid, type FieldError } from '#lib/api/field-error';
import { sameValue } from '#lib/api/equality';
import { compareQuantities, parseQuantity, quantityProblem } from '#lib/api/quantity';
import type { Pod } from '#lib/api/core/pod/pod';
import { qosClassOf } from '#lib/api/core/pod/pod-resources';
import type { Container, PodSpec, ResourceList } from '#lib/api/core/pod/pod-types';
import { MIRROR_ANNOTATION } from '#lib/api/core/pod/pod-validation-annotations';

/** The `resize` subresource: cpu and memory of running containers may change. Mirrors ValidatePodResize. */
export function validateResize(pod: Pod, previous: Pod): FieldError[] {
  const spec: PodSpec = pod.spec;
  const before: PodSpec = previous.spec;
  if (hasPodLevelResources(spec) || hasPodLevelResources(before)) return [forbidden('', 'pods with pod-level resources cannot be resized')];
  if (MIRROR_ANNOTATION in (previous.metadata.annotations ?? {})) return [forbidden('', 'static pods cannot be resized')];
  if (before.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];

  const errors: FieldError[] = [];
  const qos = previous.status?.qosClass ?? qosClassOf(before);
  if (qosClassOf(spec) !== qos) errors.push(invalid('spec', pod.status?.qosClass, 'Pod QOS Class may not change as a result of resizing'));
  const running = previous.status?.containerStatuses?.find((status) => status.state?.running) as { resources?: unknown } | undefined;
  if (running && running.resources === undefined) errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  for (const [list, i] of resizable(before)) {
    errors.push(...validateContainerResize(spec[list]?.[i], before[list]?.[i], `spec.${list}[${i}].resources`));
  }
  errors.push(...validateOnlyCpuAndMemory(spec, before));
  return errors;
}

const hasPodLevelResources = ({ resources }: PodSpec): boolean =>
  Object.keys(resources?.requests ?? {}).length + Object.keys(resources?.limits ?? {}).length > 0;

/** Sidecars and regular containers. */
function resizable(spec: PodSpec): (readonly ['initContainers' | 'containers', number])[] {
  const sidecars = (spec.initContainers ?? []).flatMap((one, i) =>
    one.restartPolicy === 'Always' ? [['initContainers', i] as const] : [],
  );
  return [...sidecars, ...spec.containers.map((_, i) => ['containers', i] as const)];
}

function validateContainerResize(container: Container | undefined, before: Container | undefined, field: string): FieldError[] {
  const { requests = {}, limits = {} } = container?.resources ?? {};
  const old = before?.resources ?? {};
  const errors: FieldError[] = [];
  if (isReduced(requests, old.requests ?? {})) errors.push(forbidden(`${field}.requests`, 'resource requests cannot be removed'));
  if (isReduced(limits, old.limits ?? {})) errors.push(forbidden(`${field}.limits`, 'resource limits cannot be removed'));
  const policy = container?.resizePolicy?.find((one) => one.resourceName === 'memory')?.restartPolicy ?? 'NotRequired';
  if (policy !== 'NotRequired' || limits.memory === undefined) return errors;
  const say = (what: string): FieldError =>
    forbidden(`${field}.limits[memory]`, `memory limits cannot be ${what} unless resizePolicy is RestartContainer`);
  if (old.limits?.memory === undefined) errors.push(say('added'));
  else if (isLess(limits.memory, old.limits.memory)) errors.push(say('decreased'));
  return errors;
}

const isLess = (a: string, b: string): boolean =>
  quantityProblem(a) === undefined && quantityProblem(b) === undefined && compareQuantities(parseQuantity(a), parseQuantity(b)) < 0;

const isReduced = (list: ResourceList, old: ResourceList): boolean => Object.keys(old).some((name) => !(name in list));

function validateOnlyCpuAndMemory(spec: PodSpec, before: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, container] of spec.containers.entries()) {
    if (!differsOnlyInCpuAndMemory(container, before.containers[i]))
      errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  }
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const old = before.initContainers?.[i];
    if (container.restartPolicy === 'Always') {
      if (!differsOnlyInCpuAndMemory(container, old))
        errors.push(forbidden('spec', 'only cpu and memory resources for sidecar containers are mutable'));
    } else if (!sameValue(container, old)) errors.push(forbidden('spec', 'resources for non-sidecar init containers are immutable'));
  }
  return errors;
}

function differsOnlyInCpuAndMemory(container: Container, old: Container | undefined): boolean {
  const rest = ({ cpu: _cpu, memory: _memory, ...others }: ResourceList = {}): ResourceList => others;
  const parts = (one: Container | undefined): unknown => ({
    ...one,
    resizePolicy: undefined,
    resources: { limits: rest(one?.resources?.limits), requests: rest(one?.resources?.requests), claims: one?.resources?.claims },
  });
  return sameValue(parts(container), parts(old));
}
