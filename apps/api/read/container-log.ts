import type { ContainerStatus } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { type ApiError, badRequest, invalidObject } from '#lib/api/errors';
import { type FieldError, forbidden, invalid } from '#lib/api/field-error';
import type { LogOptions } from '#lib/runtime/container-logs';

/** What a client asks of `pods/log`. */
export interface LogQuestion {
  /** '' when it does not say. */
  readonly container: string;
  /** Stay until the container has ended. */
  readonly follow: boolean;
  readonly options: LogOptions;
}

/** From the query string. Mirrors core/v1 PodLogOptions and ValidatePodLogOptions. @throws ApiError 400 and 422. */
export function logQuestionOf(query: URLSearchParams, pod: string): LogQuestion {
  const [tailLines, sinceSeconds, limitBytes] = ['tailLines', 'sinceSeconds', 'limitBytes'].map((name) => integerOf(query, name));
  const sinceTime = query.get('sinceTime') ?? undefined;
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1) errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1) errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (errors.length > 0) throw invalidObject('', 'PodLogOptions', pod, errors);
  const options = {
    previous: isTrue(query, 'previous'),
    timestamps: isTrue(query, 'timestamps'),
    tailLines,
    sinceSeconds,
    sinceTime,
    limitBytes,
  };
  return { container: query.get('container') ?? '', follow: isTrue(query, 'follow'), options };
}

const isTrue = (query: URLSearchParams, name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** The container that is meant. Mirrors validateContainer in pkg/registry/core/pod/strategy.go. @throws ApiError 400. */
export function containerFor(pod: Pod, asked: string): string {
  const { name } = pod.metadata;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  if (asked === '') {
    const [first, second] = containers;
    if (first && !second) return first.name;
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${namesOf(containers)}]` +
        (initContainers.length > 0 ? ` or one of the init containers: [${namesOf(initContainers)}]` : '') +
        (ephemeralContainers.length > 0 ? ` or one of the ephemeral containers: [${namesOf(ephemeralContainers)}]` : ''),
    );
  }
  if ([...containers, ...initContainers, ...ephemeralContainers].some((container) => container.name === asked)) return asked;
  throw badRequest(`container ${asked} is not valid for pod ${name}`);
}

const namesOf = (containers: readonly { readonly name: string }[]): string => containers.map(({ name }) => name).join(' ');

export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(({ name }) => name === container);
}

/** Which run has the log. Mirrors kubelet's validateContainerLogStatus. @throws ApiError 400 when there is none yet, or none any more. */
export function runWithLog(pod: Pod, container: string, previous: boolean): { id: string; isPrevious: boolean } {
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`;
  const status = statusOf(pod, container);
  if (!status) throw badRequest(`${where} is not available`);
  const { running, terminated, waiting } = status.state ?? {};
  const last = status.lastState?.terminated;
  if (previous) {
    if (last?.containerID) return { id: last.containerID, isPrevious: true };
    throw badRequest(`previous terminated ${where} not found`);
  }
  if (running) return { id: status.containerID ?? '', isPrevious: false };
  const ended = terminated?.containerID || last?.containerID;
  if (ended) return { id: ended, isPrevious: false };
  throw terminated || last ? badRequest(`${where} is terminated`) : notStarted(where, waiting?.reason);
}

function notStarted(where: string, reason: string | undefined): ApiError {
  if (reason === undefined) return badRequest(`${where} is waiting to start - no logs yet`);
  const why: Readonly<Record<string, string>> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  };
  return badRequest(`${where} is waiting to start: ${why[reason] ?? reason}`);
}
