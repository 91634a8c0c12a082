import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from 'kubernetes-types/core/v1';
import { forbidden, invalid, notSupported, required, type FieldError } from '#lib/api/field-error';
import { isHTTPHeaderName, isValidPortName, isValidPortNum } from '#lib/api/validation/names';
import { nonNegative, obey, present } from '#lib/api/core/pod/pod-validation-rules';

/** What a probe or a hook may do, in upstream's order. */
type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;
type HandlerName = keyof Handler;

/** The three probes of a container. `gracePeriod` is the pod's. */
export function validateProbes(
  container: { livenessProbe?: Probe; readinessProbe?: Probe; startupProbe?: Probe },
  gracePeriod: number | undefined,
  field: string,
): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...validateProbe(livenessProbe, gracePeriod, `${field}.livenessProbe`),
    ...succeedsOnce(livenessProbe, `${field}.livenessProbe`),
    ...validateProbe(readinessProbe, gracePeriod, `${field}.readinessProbe`),
    ...withoutGracePeriod(readinessProbe, `${field}.readinessProbe`),
    ...validateProbe(startupProbe, gracePeriod, `${field}.startupProbe`),
    ...succeedsOnce(startupProbe, `${field}.startupProbe`),
  ];
}

function validateProbe(probe: Probe | undefined, gracePeriod: number | undefined, field: string): FieldError[] {
  if (!probe) return [];
  const { exec, httpGet, tcpSocket, grpc, terminationGracePeriodSeconds: grace } = probe;
  const errors = validateHandler({ exec, httpGet, tcpSocket, grpc }, gracePeriod, field);
  for (const name of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    errors.push(...nonNegative(`${field}.${name}`, probe[name]));
  }
  if (grace !== undefined && grace <= 0) errors.push(invalid(`${field}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  return errors;
}

const succeedsOnce = (probe: Probe | undefined, field: string): FieldError[] =>
  probe && probe.successThreshold !== 1 ? [invalid(`${field}.successThreshold`, probe.successThreshold ?? 0, 'must be 1')] : [];

const withoutGracePeriod = (probe: Probe | undefined, field: string): FieldError[] =>
  probe?.terminationGracePeriodSeconds === undefined
    ? []
    : [invalid(`${field}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must not be set for readinessProbes')];

/** Mirrors validateLifecycle. */
export function validateLifecycle(lifecycle: Lifecycle | undefined, gracePeriod: number | undefined, field: string): FieldError[] {
  return [
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, gracePeriod, `${field}.postStart`) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, gracePeriod, `${field}.preStop`) : []),
  ];
}

/** Exactly one way to act; the first one given counts and the others are complained about. */
function validateHandler(handler: Handler, gracePeriod: number | undefined, field: string): FieldError[] {
  const order: HandlerName[] = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'];
  const given = order.filter((name) => handler[name]);
  const [first, ...others] = given;
  if (first === undefined) return [required(field, 'must specify a handler type')];
  return [
    ...validateAction(handler, first, gracePeriod, `${field}.${first}`),
    ...others.map((name) => forbidden(`${field}.${name}`, 'may not specify more than 1 handler type')),
  ];
}

function validateAction(handler: Handler, name: HandlerName, gracePeriod: number | undefined, field: string): FieldError[] {
  switch (name) {
    case 'exec':
      return handler.exec?.command?.length ? [] : [required(`${field}.command`)];
    case 'httpGet':
      return validateHttpGet(handler.httpGet as HTTPGetAction, field);
    case 'tcpSocket':
      return validatePort(handler.tcpSocket?.port ?? 0, `${field}.port`);
    case 'grpc':
      return validatePort(handler.grpc?.port ?? 0, `${field}.port`);
    case 'sleep': {
      const seconds = handler.sleep?.seconds ?? 0;
      if (gracePeriod === undefined || (seconds >= 0 && seconds <= gracePeriod)) return [];
      return [invalid(field, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`)];
    }
  }
}

function validateHttpGet(action: HTTPGetAction, field: string): FieldError[] {
  return [
    ...present(`${field}.path`, action.path),
    ...validatePort(action.port ?? 0, `${field}.port`),
    ...(action.scheme === 'HTTP' || action.scheme === 'HTTPS'
      ? []
      : [notSupported(`${field}.scheme`, action.scheme ?? '', ['HTTP', 'HTTPS'])]),
    ...(action.httpHeaders ?? []).flatMap((header) => obey(`${field}.httpHeaders`, header.name ?? '', isHTTPHeaderName)),
  ];
}

/** A number, or the name of a container port. Mirrors ValidatePortNumOrName. */
export function validatePort(port: number | string, field: string): FieldError[] {
  const messages = typeof port === 'number' ? isValidPortNum(port) : isValidPortName(port);
  return messages.map((message) => invalid(field, port, message));
}
