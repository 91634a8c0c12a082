import type { Command } from '#lib/reconcile/command';
import type { Status } from '#lib/api/errors';

/** Subject on which API servers (queue group `api`) run the commands of controllers: NATS request/reply. */
export const COMMAND_SUBJECT = 'decklog.commands';

/** One decision on its way to the API server. `wake` commands stay in the runtime and are not sent. */
export interface CommandRequest {
  readonly controller: string;
  readonly component: string;
  readonly user: string;
  readonly groups: readonly string[];
  /** Version of the deciding code. */
  readonly version: string;
  readonly key: string;
  readonly world: number;
  readonly now: string;
  readonly facts?: unknown;
  /**
   * What stands for `commands` in the log (libs/reconcile/digest.ts); goes into the log with each entry the decision writes, for replay to
   * compare.
   */
  readonly digests: readonly string[];
  readonly commands: readonly Exclude<Command, { do: 'wake' }>[];
  /** Revisions that woke the decision. */
  readonly cause: readonly number[];
  /** RFC 3339. No API server begins with it later: whoever asked has given up by then and decides anew. Default: never. */
  readonly expires?: string;
  readonly trace?: string;
}

/** One per command that was tried; a command after a failed one was not. */
export type CommandResult =
  { readonly ok: true; readonly revision?: number; readonly name?: string } | { readonly ok: false; readonly status: Status };

/** What became of a decision's commands. */
export interface CommandReply {
  readonly results: readonly CommandResult[];
  /** The last revision that this request wrote, or 0. */
  readonly revision: number;
}
