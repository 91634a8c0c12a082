import type { LimitRangeItem } from 'kubernetes-types/core/v1';
import type { Container, PodSpec, ResourceList } from '#lib/api/core/pod/pod-types';
import { formatQuantity, parseQuantity, type Quantity } from '#lib/api/quantity';
import { amountsOf, type Amounts } from '#lib/api/quota/amounts';
import { podTotal } from '#lib/api/quota/pod-usage';

/** What a LimitRange does to pods and claims, as plain functions. Mirrors plugin/pkg/admission/limitranger. */

const ANNOTATION = 'kubernetes.io/limit-ranger';

interface Limited {
  metadata: { annotations?: Record<string, string> };
  spec: PodSpec;
}

/** Gives containers what they do not say, and notes it in an annotation. Returns whether it changed something. */
export function fillDefaults(pod: Limited, items: readonly LimitRangeItem[]): boolean {
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const limits: ResourceList = Object.assign({}, ...ofContainers.map((item) => item.default ?? {}));
  const requests: ResourceList = Object.assign({}, ...ofContainers.map((item) => item.defaultRequest ?? {}));
  const notes = [
    ...pod.spec.containers.flatMap((container) => fillContainer(container, 'container', requests, limits)),
    ...(pod.spec.initContainers ?? []).flatMap((container) => fillContainer(container, 'init container', requests, limits)),
  ];
  if (notes.length === 0) return false;
  pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  return true;
}

function fillContainer(container: Container, word: string, requests: ResourceList, limits: ResourceList): string[] {
  const fill = (part: 'requests' | 'limits', given: ResourceList): string[] => {
    const own = container.resources?.[part] ?? {};
    const missing = Object.keys(given)
      .filter((name) => !(name in own))
      .sort();
    if (missing.length === 0) return [];
    const added = Object.fromEntries(missing.map((name) => [name, given[name] as string]));
    container.resources = { ...container.resources, [part]: { ...own, ...added } };
    return [`${missing.join(', ')} ${part === 'requests' ? 'request' : 'limit'} for ${word} ${container.name}`];
  };
  const set = fill('limits', limits);
  return [...fill('requests', requests), ...set];
}

/** Every limit that the pod breaks, as texts. */
export function podProblems(spec: PodSpec, items: readonly LimitRangeItem[]): string[] {
  return items.flatMap((item) => {
    if (item.type === 'Pod') return problemsOf(item, podTotal(spec, 'requests'), podTotal(spec, 'limits'));
    if (item.type !== 'Container') return [];
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
      problemsOf(item, amountsOf(resources?.requests), amountsOf(resources?.limits)),
    );
  });
}

/** A claim has no limits: its request is held against both bounds. */
export function claimProblems(requests: ResourceList | undefined, items: readonly LimitRangeItem[]): string[] {
  const asked = amountsOf(requests);
  return items
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...each(item.min, (name, bound) => belowMin(item.type, name, bound, asked, new Map())),
      ...each(item.max, (name, bound) => requestAboveMax(item.type, name, bound, asked)),
    ]);
}

const problemsOf = (item: LimitRangeItem, requests: Amounts, limits: Amounts): string[] => [
  ...each(item.min, (name, bound) => belowMin(item.type, name, bound, requests, limits)),
  ...each(item.max, (name, bound) => aboveMax(item.type, name, bound, requests, limits)),
  ...each(item.maxLimitRequestRatio, (name, bound) => ratioProblem(item.type, name, bound, requests, limits)),
];

function each(list: ResourceList | undefined, problem: (name: string, bound: Quantity) => string | undefined): string[] {
  return Object.keys(list ?? {})
    .sort()
    .flatMap((name) => problem(name, parseQuantity((list as ResourceList)[name] as string)) ?? []);
}

function belowMin(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts): string | undefined {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!request) return `${rule}.  No request is specified`;
  if (request.nano < bound.nano) return `${rule}, but request is ${formatQuantity(request)}`;
  if (limit && limit.nano < bound.nano) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function aboveMax(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts): string | undefined {
  const [request, limit] = [requests.get(name), limits.get(name)];
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (limit.nano > bound.nano) return `${rule}, but limit is ${formatQuantity(limit)}`;
  if (request && request.nano > bound.nano) return `${rule}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function requestAboveMax(type: string, name: string, bound: Quantity, requests: Amounts): string | undefined {
  const request = requests.get(name);
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!request) return `${rule}.  No request is specified`;
  return request.nano > bound.nano ? `${rule}, but request is ${formatQuantity(request)}` : undefined;
}

function ratioProblem(type: string, name: string, bound: Quantity, requests: Amounts, limits: Amounts): string | undefined {
  const [request, limit] = [requests.get(name)?.nano ?? 0n, limits.get(name)?.nano ?? 0n];
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (request === 0n) return `${rule}, but no request is specified or request is 0`;
  if (limit === 0n) return `${rule}, but no limit is specified or limit is 0`;
  const ratio = Number(limit) / Number(request);
  return ratio * 1e9 > Number(bound.nano) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
