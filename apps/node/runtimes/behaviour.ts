import type { Container, Probe } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod/pod';
import { fileProbeFailure } from './file-probe';
import { evaluate, seconds, type Outcome } from './shell-script';

/** Annotations of this prefix script a simulated pod; `<key>.<container>` speaks of one container only. */
export const SCRIPT = 'simulated.decklog.io/';

/** How long things take when nobody says otherwise, in milliseconds. */
export interface Timings {
  readonly pullMs: number;
  readonly startMs: number;
  readonly stopMs: number;
}

/** Small enough for a desk: a pod is ready in the blink of an eye. */
export const QUICK: Timings = { pullMs: 10, startMs: 15, stopMs: 5 };
/** About what a small web server on a common node takes. */
export const REALISTIC: Timings = { pullMs: 2500, startMs: 800, stopMs: 300 };

/** What one run of a simulated container will do. */
export interface Behaviour {
  readonly pullMs: number;
  /** Why its image cannot be pulled. */
  readonly pullError?: string;
  /** With its postStart hook: until that is through a container is only being created. */
  readonly startMs: number;
  /** Why its postStart hook failed: then it is ended as soon as it has started. */
  readonly hookError?: string;
  /** From start to end; absent when it runs until it is stopped. */
  readonly runMs?: number;
  readonly exitCode: number;
  readonly reason?: string;
  /** From SIGTERM to its end; absent when it does not listen. */
  readonly stopMs?: number;
  readonly stopCode: number;
  /** From start until its startup probe succeeds. */
  readonly startedMs: number;
  /** From start until it is ready; absent when it never is. */
  readonly readyMs?: number;
  /** From start until its liveness probe has failed too often, and what it said. */
  readonly unhealthyMs?: number;
  readonly unhealthyMessage?: string;
  readonly output: readonly string[];
}

/** From the pod's annotations, else from its command, else a server that runs for ever. */
export function behaviourOf(pod: Pod, container: Container, attempt: number, timings: Timings): Behaviour {
  const annotations = isScripted(pod) ? pod.metadata.annotations : undefined;
  const said = (key: string): string | undefined =>
    annotations && (annotations[`${SCRIPT}${key}.${container.name}`] ?? annotations[SCRIPT + key]);
  const ms = (key: string): number | undefined => {
    const value = seconds(said(key) ?? '');
    return value === undefined ? undefined : value * 1000;
  };
  const outcome = outcomeOf(container, isInitContainer(pod, container));
  const codes = said('exit-code')?.split(',').map(Number);
  const runMs = ms('run-time') ?? (codes ? (outcome.runMs ?? 0) : outcome.runMs);
  const startedMs = probeMs(container.startupProbe);
  const hook = container.lifecycle?.postStart;
  const isNeverReady = said('never-ready') === 'true';
  return {
    pullMs: ms('pull-time') ?? timings.pullMs,
    pullError: pullErrorOf(container.image ?? '', said('pull-error')),
    startMs: (ms('start-delay') ?? timings.startMs) + hookTime(hook),
    hookError: hookError(hook),
    runMs,
    exitCode: codes?.[Math.min(attempt, codes.length - 1)] ?? outcome.exitCode,
    reason: said('reason'),
    stopMs: said('stop-time') === 'never' ? undefined : hookTime(container.lifecycle?.preStop) + (ms('stop-time') ?? timings.stopMs),
    stopCode: outcome.runMs === undefined ? 0 : 143,
    startedMs,
    readyMs:
      isNeverReady || hookError(hook) !== undefined ? undefined : (ms('ready-after') ?? startedMs + probeMs(container.readinessProbe)),
    ...livenessOf(container, outcome, ms('liveness-fails-after')),
    output: said('logs')?.split('\n') ?? outcome.output,
  };
}

function livenessOf(
  { livenessProbe }: Container,
  outcome: Outcome,
  saidMs: number | undefined,
): Pick<Behaviour, 'unhealthyMs' | 'unhealthyMessage'> {
  if (saidMs !== undefined) return { unhealthyMs: saidMs, unhealthyMessage: 'HTTP probe failed with statuscode: 500' };
  const failure = fileProbeFailure(livenessProbe, outcome);
  return failure ? { unhealthyMs: failure.afterMs, unhealthyMessage: failure.message } : {};
}

/** Whether an annotation says what the pod's containers do. An operator may also rewrite it while they run. */
export const isScripted = (pod: Pod): boolean => Object.keys(pod.metadata.annotations ?? {}).some((key) => key.startsWith(SCRIPT));

/** Images whose default command is a shell or an interpreter: without input they leave at once. */
const LEAVES_AT_ONCE =
  /(^|\/)(busybox|alpine|ubuntu|debian|bash|centos|fedora|rockylinux|amazonlinux|python|node|perl|ruby|hello-world)(:|@|$)/;

/** An init container of an unknown image is taken to do what such containers are for, and to end. */
const isInitContainer = (pod: Pod, { name }: Container): boolean =>
  pod.spec.initContainers?.some((init) => init.name === name && (init as { restartPolicy?: string }).restartPolicy !== 'Always') ?? false;

function outcomeOf(container: Container, isInit: boolean): Outcome {
  const { command = [], args = [], image = '' } = container;
  const isPlain = LEAVES_AT_ONCE.test(image);
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']));
  if (command.length > 0) return evaluate([...command, ...args], env);
  if (isInit && !isPlain) return { runMs: 0, exitCode: 0, output: [] };
  if (!isPlain) return { exitCode: 0, output: [] };
  if (args.length > 0) return evaluate(args, env);
  // A shell that has a terminal waits for what somebody types.
  if (container.stdin) return { exitCode: 0, output: [] };
  return { runMs: 0, exitCode: 0, output: /hello-world/.test(image) ? ['Hello from Docker!'] : [] };
}

/** The first try of a simulated probe succeeds, so only the waiting before it takes time. */
const probeMs = (probe: Probe | undefined): number =>
  probe === undefined ? 0 : ((probe.initialDelaySeconds ?? 0) + ((probe.successThreshold ?? 1) - 1) * (probe.periodSeconds ?? 10)) * 1000;

/** Hooks that sleep take their time. */
function hookTime(hook: { exec?: { command?: string[] }; sleep?: { seconds: number } } | undefined): number {
  if (hook?.sleep) return hook.sleep.seconds * 1000;
  return hook?.exec?.command ? (evaluate(hook.exec.command).runMs ?? 0) : 0;
}

/** What kubelet says of a command that has not ended well. Requests over the network succeed. */
function hookError(hook: { exec?: { command?: string[] } } | undefined): string | undefined {
  const command = hook?.exec?.command;
  const outcome = command && evaluate(command);
  if (!outcome || outcome.exitCode === 0) return undefined;
  const printed = outcome.output.map((line) => `${line}\n`).join('');
  return `command '${command.join(' ')}' exited with ${outcome.exitCode}: ${printed}`;
}

const CANNOT_BE_PULLED = /does-?not-?exist|doesnotexist|nonexist|non-exist|no-such|invalid|not-?found|badimage|bad-image|:404$/i;

function pullErrorOf(image: string, said: string | undefined): string | undefined {
  if (said !== undefined) return said;
  if (!CANNOT_BE_PULLED.test(image)) return undefined;
  const full = fullImageName(image);
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`;
}

/** `nginx` → `docker.io/library/nginx:latest`, as container runtimes name images. */
export function fullImageName(image: string): string {
  const [host = ''] = image.split('/');
  const hasHost = image.includes('/') && (host.includes('.') || host.includes(':') || host === 'localhost');
  const withHost = hasHost ? image : image.includes('/') ? `docker.io/${image}` : `docker.io/library/${image}`;
  const name = withHost.slice(withHost.lastIndexOf('/'));
  return name.includes(':') || name.includes('@') ? withHost : `${withHost}:latest`;
}
