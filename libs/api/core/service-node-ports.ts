import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1';
import { internalError } from '#lib/api/errors';
import { invalid, type FieldError } from '#lib/api/field-error';
import { needsHealthCheckPort, needsNodePort } from './service-defaults';

/** Ports that may be opened on every node, both ends included. */
export const NODE_PORT_RANGE = { first: 30_000, last: 32_767 } as const;

/** What other Services have already. The Service in question is not to be asked about: it keeps what it has. */
export interface Taken {
  ip(address: string): boolean;
  port(port: number): boolean;
}

/** Ports that are drawn come from above this many, so that those asked for by number seldom clash. */
const LOWER_BAND = 86;

/** What one settlement has seen: the ports of others, those it kept and those it gave out. */
interface Books {
  readonly taken: Taken;
  readonly own: ReadonlySet<number>;
  readonly given: Set<number>;
  readonly random: () => number;
}

/**
 * Fills in node ports and the health check port, in place, and gives back what cannot be had.
 * A port of a Service may be shared by its TCP and its UDP side. Mirrors initNodePorts, updateNodePorts and updateHealthCheckNodePort.
 */
export function settleNodePorts(spec: ServiceSpec, previous: ServiceSpec | undefined, taken: Taken, random: () => number): FieldError[] {
  const own = new Set([...(previous?.ports ?? []).map((port) => port.nodePort ?? 0), previous?.healthCheckNodePort ?? 0]);
  const books: Books = { taken, own, given: new Set(), random };
  return [...(needsNodePort(spec) ? settlePorts(spec, books) : []), ...settleHealthCheck(spec, previous, books)];
}

function settlePorts(spec: ServiceSpec, books: Books): FieldError[] {
  const ports = spec.ports ?? [];
  const errors: FieldError[] = [];
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort) continue;
    const complaint = claim(port.nodePort, books);
    if (complaint) errors.push(invalid(`spec.ports[${i}].nodePort`, port.nodePort, complaint));
  }
  if (errors.length > 0 || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false)) return errors;
  for (const port of ports) port.nodePort ||= sharedWith(port, ports) ?? drawPort(books);
  return [];
}

/** The node port of the same port in another protocol: DNS wants one number for both. */
const sharedWith = (port: ServicePort, ports: readonly ServicePort[]): number | undefined =>
  ports.find((other) => other !== port && other.port === port.port && other.protocol !== port.protocol && other.nodePort)?.nodePort;

function settleHealthCheck(spec: ServiceSpec, previous: ServiceSpec | undefined, books: Books): FieldError[] {
  if (!needsHealthCheckPort(spec)) return [];
  const asked = spec.healthCheckNodePort ?? 0;
  if (previous && needsHealthCheckPort(previous) && asked !== 0 && asked !== previous.healthCheckNodePort) {
    return [invalid('spec.healthCheckNodePort', asked, 'field is immutable')];
  }
  if (asked === 0) {
    spec.healthCheckNodePort = drawPort(books);
    return [];
  }
  const complaint = claim(asked, books);
  if (complaint) throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${complaint}`);
  return [];
}

function claim(port: number, { taken, own, given }: Books): string | undefined {
  const { first, last } = NODE_PORT_RANGE;
  if (!own.has(port)) {
    if (port < first || port > last) return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    if (taken.port(port)) return 'provided port is already allocated';
  }
  given.add(port);
  return undefined;
}

function drawPort({ taken, given, random }: Books): number {
  const { first, last } = NODE_PORT_RANGE;
  const isFree = (port: number): boolean => !given.has(port) && !taken.port(port);
  const port = draw(first + LOWER_BAND, last, isFree, random) ?? draw(first, first + LOWER_BAND - 1, isFree, random);
  if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
  given.add(port);
  return port;
}

/** A free number from `first` to `last`: the first one at or after a random place. Undefined when all are taken. */
export function draw(first: number, last: number, isFree: (n: number) => boolean, random: () => number): number | undefined {
  const count = last - first + 1;
  const start = Math.floor(random() * count);
  for (let i = 0; i < count; i++) {
    const candidate = first + ((start + i) % count);
    if (isFree(candidate)) return candidate;
  }
  return undefined;
}
