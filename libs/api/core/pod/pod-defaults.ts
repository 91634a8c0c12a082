import type { HTTPGetAction, Lifecycle, Probe } from 'kubernetes-types/core/v1';
import { pullPolicyFor } from '#lib/api/core/image-reference';
import { aggregateRequests, isOvercommitAllowed, isPodLevelResource } from '#lib/api/core/pod/pod-resources';
import type { Container, EphemeralContainer, PodSpec, PodTemplateSpec } from '#lib/api/core/pod/pod-types';
import { roundResources, volumeDefaults } from '#lib/api/core/pod/pod-volume-defaults';

/**
 * What every pod spec gets, also those inside templates. Changes the spec in place; idempotent.
 * Mirrors SetDefaults_PodSpec and what it contains in pkg/apis/core/v1/defaults.go.
 */
export function podSpecDefaults(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);

  spec.containers ??= [];
  for (const list of [spec.containers, spec.initContainers, spec.ephemeralContainers]) list?.forEach(containerDefaults);
  spec.volumes?.forEach(volumeDefaults);
  roundResources(spec.overhead);
  roundResources(spec.resources?.limits);
  roundResources(spec.resources?.requests);
}

/** The same for the template of a workload: its metadata and spec are always there. Mirrors the defaulting of v1.PodTemplateSpec. */
export function podTemplateDefaults(template: PodTemplateSpec): void {
  template.metadata ??= {};
  template.spec ??= { containers: [] };
  podSpecDefaults(template.spec);
}

/** What a pod gets and a template does not: requests from limits, service links, host ports. Mirrors SetDefaults_Pod. */
export function podDefaults(pod: { spec: PodSpec }): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  podSpecDefaults(spec);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) requestsFromLimits(container);
  podRequestsFromLimits(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) hostPortDefaults(container);
  }
}

/** Both names of the field are served; the newer one wins. Mirrors Convert_v1_PodSpec_To_core_PodSpec and back. */
function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function containerDefaults(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= pullPolicyFor(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  roundResources(container.resources.limits);
  roundResources(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0';
  }
  probeDefaults(container.livenessProbe);
  probeDefaults(container.readinessProbe);
  probeDefaults(container.startupProbe);
  lifecycleDefaults(container.lifecycle);
}

function probeDefaults(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  httpGetDefaults(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function lifecycleDefaults(lifecycle: Lifecycle | undefined): void {
  httpGetDefaults(lifecycle?.postStart?.httpGet);
  httpGetDefaults(lifecycle?.preStop?.httpGet);
}

function httpGetDefaults(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function requestsFromLimits(container: Container): void {
  const limits = container.resources?.limits;
  if (!container.resources || !limits) return;
  container.resources.requests ??= {};
  for (const [name, amount] of Object.entries(limits)) container.resources.requests[name] ??= amount;
}

/** Mirrors defaultPodRequests: a pod with its own limits requests what its containers do, else as much as the limits allow. */
function podRequestsFromLimits(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return;
  const requests = (resources.requests ??= {});
  for (const [name, amount] of Object.entries(aggregateRequests(spec))) {
    if (isPodLevelResource(name) && isOvercommitAllowed(name)) requests[name] ??= amount;
  }
  for (const [name, amount] of Object.entries(resources.limits)) {
    if (isPodLevelResource(name)) requests[name] ??= amount;
  }
}

/** On the network of the host the port of the container is the port of the host. */
function hostPortDefaults(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}
