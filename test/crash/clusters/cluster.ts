import type { Access } from '#lib/client/kubeconfig';

/** A process of the cluster that something may happen to. */
export interface Victim {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  pid(): number;
  /** What dies or sleeps with it at the same moment, as all that is on one machine does. Asked after `pid`. Default: nothing. */
  others?(): readonly number[];
  /**
   * It is not killed but hangs, as a machine that says nothing any more and closes no connection, for so many milliseconds; everybody has
   * to go on meanwhile.
   */
  readonly hangsMs?: number;
  /** Which of the cluster's servers it is; undefined: none, and all of them are expected to go on. */
  readonly server?: number;
  /** After its death: resolves when somebody has started it again, and tells when that was. */
  restarted(): Promise<number>;
}

/** A cluster of real processes, and how to strike it. */
export interface CrashCluster {
  readonly layout: string;
  readonly servers: readonly Access[];
  readonly victims: readonly Victim[];
  /** Straight to PostgreSQL, for an independent reader. */
  readonly databaseUrl: () => string;
  /** Any one may be lost, one at a time, and a client that turns to another server must not notice for long. Default: no. */
  readonly isRedundant?: boolean;
  /** Resolves when it can lose another one. */
  whole?(): Promise<void>;
  /** What its processes have printed, for findings. */
  output(): string;
  dispose(): Promise<void>;
}
