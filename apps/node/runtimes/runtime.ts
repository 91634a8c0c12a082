import type { Node } from '#lib/api/core/node';
import type { Pod } from '#lib/api/core/pod/pod';
import type { LogOptions } from '#lib/runtime/container-logs';

/** One run of a container. Times are milliseconds since 1970. */
export interface ContainerFacts {
  /** `<runtime>://<hex>`, another one for every run. */
  readonly id: string;
  /** The image as the runtime names it, with its tag. */
  readonly image: string;
  readonly imageId: string;
  /** 0 for the first run. */
  readonly attempt: number;
  /** How long after its end the next run must wait: what was given when it was started. */
  readonly backOffMs: number;
  /** Absent while it is being created. */
  readonly startedAt?: number;
  /** When it was told to stop. */
  readonly stoppedAt?: number;
  /** The least time that it was given for it. */
  readonly graceMs?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** `OOMKilled`, `ContainerCannotRun`; absent when the exit code says it all. */
  readonly reason?: string;
  /** What it wrote to its termination message file, or left in its log when it failed and the pod wants that. */
  readonly message?: string;
  /** Why its postStart hook failed, which has ended it. */
  readonly hookError?: string;
  /** Its startup probe has succeeded, or it has none. */
  readonly started: boolean;
  /** Its readiness probe succeeds, or it has none. */
  readonly ready: boolean;
  /** Probes that fail beyond their threshold. Liveness and Startup mean that the container is to be restarted. */
  readonly unhealthy?: { readonly probe: 'Liveness' | 'Readiness' | 'Startup'; readonly message: string; readonly at: number };
}

/** How an image comes to the node, for one container. */
export interface PullFacts {
  readonly state: 'pulling' | 'present' | 'failed';
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** It was there already, or somebody else was fetching it. */
  readonly wasPresent: boolean;
  readonly sizeBytes?: number;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly error?: string;
}

/** What runs on the node for one pod. Plain JSON: it is recorded with every decision that was made from it. */
export interface Observation {
  /** When this was so. */
  readonly at: number;
  /** The pod's own network; `ip` is absent on the node's network. */
  readonly sandbox?: { readonly startedAt: number; readonly ip?: string };
  readonly pulls: Readonly<Record<string, PullFacts>>;
  /** By container name: this run and the one before it. */
  readonly containers: Readonly<Record<string, { readonly current: ContainerFacts; readonly last?: ContainerFacts }>>;
  /** When something changes of which the runtime knows already. A runtime that cannot foresee asks to be looked at again then. */
  readonly next?: number;
}

/** An observation with the time of the one before: what happened after that is news, and is reported. */
export interface PodFacts extends Observation {
  readonly since: number;
}

/** One thing to do next. Doing it twice must not hurt. */
export type Step =
  | { readonly do: 'startSandbox' }
  | { readonly do: 'pull'; readonly container: string; readonly attempt: number }
  | { readonly do: 'start'; readonly container: string; readonly attempt: number; readonly backOffMs: number }
  /** A second stop with less grace shortens the first. */
  | { readonly do: 'stop'; readonly container: string; readonly graceMs: number };

/** Where a pod runs. */
export interface Place {
  readonly node: Node;
  /** All pods of that node in the world, whatever their phase. */
  readonly pods: () => readonly Pod[];
}

/**
 * Runs containers. A runtime keeps its own picture of what runs, so that both `observe` and `perform` return at once: what takes time
 * goes on behind and shows in a later `observe`. Everything it is told is in the pod; it never writes to the API server.
 * runtime.contract.ts is the suite that every runtime passes.
 */
export interface Runtime {
  /** The scheme of container ids and of `nodeInfo.containerRuntimeVersion`. */
  readonly name: string;
  readonly version: string;
  /** What runs for the pod. A runtime that has no memory of the pod adopts what `pod.status` says. */
  observe(pod: Pod, place: Place, now: number): Observation;
  perform(step: Step, pod: Pod, place: Place, now: number): void;
  /** Ends whatever runs on the node for pods that are no longer there. */
  prune(place: Place): void;
  /** Images on the node, for `status.images`. */
  images(node: string): readonly { readonly names: string[]; readonly sizeBytes: number }[];
  /** The container's log; undefined when there is no such run. */
  logs(pod: Pod, container: string, options: LogOptions, now: number): string | undefined;
}
