/** Subject on which the agent of a node answers for the logs of its containers: request/reply, one answerer per node. */
export const logSubject = (node: string): string => `decklog.node.${node}.logs`;

/** Which part of a container's log is wanted, and how. Mirrors core/v1 PodLogOptions. */
export interface LogOptions {
  /** Of the run before the present one. */
  readonly previous?: boolean;
  /** Each line begins with its time. */
  readonly timestamps?: boolean;
  /** The last lines only. */
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly limitBytes?: number;
}

/** What an API server asks when it serves `pods/log`. */
export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly options: LogOptions;
}

/** `log` is absent when there is no such run of the container, or the agent does not know the pod. */
export interface LogReply {
  readonly log?: string;
}
