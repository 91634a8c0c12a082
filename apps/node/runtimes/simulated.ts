import type { Pod } from '#lib/api/core/pod/pod';
import type { LogOptions } from '#lib/runtime/container-logs';
import { AddressPool } from './address-pool';
import { behaviourOf, fullImageName, isScripted, QUICK, type Timings } from './behaviour';
import type { ContainerFacts, Observation, Place, PullFacts, Runtime, Step } from './runtime';
import {
  adopt,
  containerIdOf,
  containerNamed,
  endOf,
  factsOfRun,
  isElsewhere,
  momentsOf,
  type SimulatedPod,
  type SimulatedRun,
} from './simulated-pod';
import { printLog } from './simulated-log';

/** Every simulated image has this size: somebody may want to see the column. */
const IMAGE_BYTES = 72_319_283;

/** Containers that exist in memory only and do what their pod's annotations or command say: thousands of nodes fit into one process. */
export class SimulatedRuntime implements Runtime {
  readonly name = 'simulated';
  readonly version = '1.0.0';
  private readonly pods = new Map<string, SimulatedPod>();
  private readonly pools = new Map<string, AddressPool>();
  /** By node: when each image is, or will be, there. */
  private readonly images_ = new Map<string, Map<string, number>>();

  constructor(private readonly timings: Timings = QUICK) {}

  observe(pod: Pod, place: Place, now: number): Observation {
    const known = this.podOf(pod, place);
    if (isScripted(pod)) this.rewrite(pod, known);
    const moments: number[] = [];
    const containers: Record<string, { current: ContainerFacts; last?: ContainerFacts }> = {};
    for (const [name, { current, last }] of known.runs) {
      const container = containerNamed(pod, name);
      if (!container) continue;
      containers[name] = { current: factsOfRun(current, container, now), ...(last && { last: factsOfRun(last, container, now) }) };
      moments.push(...momentsOf(current));
    }
    const pulls: Record<string, PullFacts> = {};
    for (const [name, { doneAt, ...pull }] of known.pulls) {
      pulls[name] = pull.state === 'pulling' && doneAt <= now ? this.finished(pull, doneAt, pod, name) : pull;
      moments.push(doneAt);
    }
    const next = Math.min(...moments.filter((at) => at > now));
    return { at: now, ...(known.sandbox && { sandbox: known.sandbox }), pulls, containers, ...(next !== Infinity && { next }) };
  }

  perform(step: Step, pod: Pod, place: Place, now: number): void {
    const known = this.podOf(pod, place);
    switch (step.do) {
      case 'startSandbox':
        if (!known.sandbox) known.sandbox = { startedAt: now, ...(!pod.spec.hostNetwork && { ip: this.address(pod, place) }) };
        return;
      case 'pull':
        return this.pull(known, pod, step.container, step.attempt, now);
      case 'start':
        return this.start(known, pod, step, now);
      case 'stop':
        return stop(known.runs.get(step.container)?.current, now, step.graceMs);
    }
  }

  prune(place: Place): void {
    const node = place.node.metadata.name;
    const alive = new Set(place.pods().map((pod) => pod.metadata.uid));
    for (const [uid, known] of this.pods) if (known.node === node && !alive.has(uid)) this.pods.delete(uid);
    const pool = this.pools.get(node);
    for (const owner of pool?.owners() ?? []) if (!alive.has(owner)) pool?.release(owner);
  }

  images(node: string): { names: string[]; sizeBytes: number }[] {
    return [...(this.images_.get(node)?.keys() ?? [])].map((name) => ({ names: [name], sizeBytes: IMAGE_BYTES }));
  }

  logs(pod: Pod, container: string, options: LogOptions, now: number): string | undefined {
    const runs = this.pods.get(pod.metadata.uid)?.runs.get(container);
    const run = options.previous ? runs?.last : runs?.current;
    return run && run.startsAt <= now ? printLog(run, options, now) : undefined;
  }

  private podOf(pod: Pod, place: Place): SimulatedPod {
    const { uid } = pod.metadata;
    const known = this.pods.get(uid);
    if (known && !isElsewhere(known, pod)) return known;
    const adopted = adopt(pod, place.node.metadata.name, this.timings);
    this.pods.set(uid, adopted);
    const pool = this.pools.get(adopted.node);
    if (known && pool && adopted.sandbox?.ip) {
      pool.release(uid);
      pool.claim(adopted.sandbox.ip, uid);
    }
    return adopted;
  }

  private rewrite(pod: Pod, known: SimulatedPod): void {
    for (const [name, { current }] of known.runs) {
      const container = containerNamed(pod, name);
      if (container && !current.ended) current.behaviour = behaviourOf(pod, container, current.attempt, this.timings);
    }
  }

  private pull(known: SimulatedPod, pod: Pod, name: string, attempt: number, now: number): void {
    const container = containerNamed(pod, name);
    if (!container || known.pulls.get(name)?.attempt === attempt) return;
    const image = fullImageName(container.image ?? '');
    const there = this.imagesOf(known.node);
    const comesAt = there.get(image);
    const isWanted = comesAt === undefined || container.imagePullPolicy === 'Always';
    const behaviour = behaviourOf(pod, container, attempt, this.timings);
    const error = container.imagePullPolicy === 'Never' && comesAt === undefined ? NEVER_PULLED : behaviour.pullError;
    const doneAt = isWanted && error !== NEVER_PULLED ? now + behaviour.pullMs : Math.max(now, comesAt ?? now);
    if (!error && comesAt === undefined) there.set(image, doneAt);
    const wasPresent = !isWanted;
    known.pulls.set(name, {
      state: 'pulling',
      startedAt: now,
      wasPresent,
      attempt,
      doneAt,
      sizeBytes: IMAGE_BYTES,
      ...(error && { error }),
    });
  }

  private finished(pull: PullFacts, doneAt: number, pod: Pod, name: string): PullFacts {
    if (pull.error === undefined) return { ...pull, state: 'present', finishedAt: doneAt };
    const image = containerNamed(pod, name)?.image ?? '';
    const error = pull.error === NEVER_PULLED ? `Container image "${image}" is not present with pull policy of Never` : pull.error;
    return { ...pull, state: 'failed', finishedAt: doneAt, error };
  }

  private start(known: SimulatedPod, pod: Pod, step: Extract<Step, { do: 'start' }>, now: number): void {
    const container = containerNamed(pod, step.container);
    const before = known.runs.get(step.container)?.current;
    if (!container || before?.attempt === step.attempt) return;
    const behaviour = behaviourOf(pod, container, step.attempt, this.timings);
    const id = containerIdOf(this.name, pod, step.container, step.attempt);
    const current: SimulatedRun = { id, attempt: step.attempt, backOffMs: step.backOffMs, startsAt: now + behaviour.startMs, behaviour };
    known.runs.set(step.container, { current, ...(before && { last: before }) });
  }

  /** The pods of the world keep the addresses that they were given before this process was there. */
  private address(pod: Pod, place: Place): string | undefined {
    const node = place.node.metadata.name;
    let pool = this.pools.get(node);
    if (!pool) {
      this.pools.set(node, (pool = new AddressPool(place.node.spec.podCIDR ?? '10.244.0.0/24')));
      for (const other of place.pods())
        if (other.status?.podIP && !other.spec.hostNetwork) pool.claim(other.status.podIP, other.metadata.uid);
    }
    const free = pool.take(pod.metadata.uid);
    if (free !== undefined) return free;
    this.prune(place);
    return pool.take(pod.metadata.uid);
  }

  private imagesOf(node: string): Map<string, number> {
    let there = this.images_.get(node);
    if (!there) this.images_.set(node, (there = new Map()));
    return there;
  }
}

const NEVER_PULLED = 'ErrImageNeverPull';

/** SIGTERM now, SIGKILL when the grace is over. */
function stop(run: SimulatedRun | undefined, now: number, graceMs: number): void {
  if (!run) return;
  const end = endOf(run);
  if (end && end.at <= now) return;
  run.stoppedAt ??= now;
  run.graceMs = Math.min(run.graceMs ?? Infinity, graceMs);
  const gone = run.stoppedAt + (run.behaviour.stopMs ?? Infinity);
  const killed = now + graceMs;
  if (run.stop && run.stop.at <= Math.min(gone, killed)) return;
  run.stop = gone <= killed ? { at: gone, code: run.behaviour.stopCode } : { at: killed, code: 137 };
}
