import type { Container, Probe } from 'kubernetes-types/core/v1';
import type { Pod } from '#lib/api/core/pod';
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
  readonly startMs: number;
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
  /** From start until its liveness probe has failed too often. */
  readonly unhealthyMs?: number;
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
  const outcome = outcomeOf(container);
  const codes = said('exit-code')?.split(',').map(Number);
  const runMs = ms('run-time') ?? (codes ? (outcome.runMs ?? 0) : outcome.runMs);
  const startedMs = probeMs(container.startupProbe);
  const hookMs = hookTime(container.lifecycle?.postStart);
  const isNeverReady = said('never-ready') === 'true';
  return {
    pullMs: ms('pull-time') ?? timings.pullMs,
    pullError: pullErrorOf(container.image ?? '', said('pull-error')),
    startMs: ms('start-delay') ?? timings.startMs,
    runMs,
    exitCode: codes?.[Math.min(attempt, codes.length - 1)] ?? outcome.exitCode,
    reason: said('reason'),
    stopMs: said('stop-time') === 'never' ? undefined : hookTime(container.lifecycle?.preStop) + (ms('stop-time') ?? timings.stopMs),
    stopCode: outcome.runMs === undefined ? 0 : 143,
    startedMs,
    readyMs: isNeverReady ? undefined : (ms('ready-after') ?? startedMs + hookMs + probeMs(container.readinessProbe)),
    unhealthyMs: ms('liveness-fails-after'),
    output: said('logs')?.split('\n') ?? outcome.output,
  };
}

/** Whether an annotation says what the pod's containers do. An operator may also rewrite it while they run. */
export const isScripted = (pod: Pod): boolean => Object.keys(pod.metadata.annotations ?? {}).some((key) => key.startsWith(SCRIPT));

/** Images whose default command is a shell or an interpreter: without input they leave at once. */
const LEAVES_AT_ONCE = /(^|\/)(busybox|alpine|ubuntu|debian|bash|centos|fedora|rockylinux|amazonlinux|python|node|perl|ruby|hello-world)(:|@|$)/;

function outcomeOf(container: Container): Outcome {
  const { command = [], args = [], image = '' } = container;
  const isPlain = LEAVES_AT_ONCE.test(image);
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']));
  if (command.length > 0) return evaluate([...command, ...args], env);
  if (!isPlain || container.stdin) return { exitCode: 0, output: [] };
  return args.length > 0 ? evaluate(args, env) : { runMs: 0, exitCode: 0, output: /hello-world/.test(image) ? ['Hello from Docker!'] : [] };
}

/** The first try of a simulated probe succeeds, so only the waiting before it takes time. */
const probeMs = (probe: Probe | undefined): number =>
  probe === undefined ? 0 : ((probe.initialDelaySeconds ?? 0) + ((probe.successThreshold ?? 1) - 1) * (probe.periodSeconds ?? 10)) * 1000;

/** Hooks succeed; those that sleep take their time. */
function hookTime(hook: { exec?: { command?: string[] }; sleep?: { seconds: number } } | undefined): number {
  if (hook?.sleep) return hook.sleep.seconds * 1000;
  return hook?.exec?.command ? (evaluate(hook.exec.command).runMs ?? 0) : 0;
}

const CANNOT_BE_PULLED = /does-?not-?exist|doesnotexist|nonexist|non-exist|no-such|invalid|not-?found|badimage|bad-image/i;

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
