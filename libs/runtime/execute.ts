import { createHash } from 'node:crypto';
import { NoAnswer, type Bus } from '#lib/bus/bus';
import { logClock } from '#lib/log/log-clock';
import { componentOf, userOf, type Controller } from '#lib/reconcile/controller';
import type { SentCommand } from '#lib/reconcile/decide';
import { digestsOf } from '#lib/reconcile/digest';
import { COMMAND_SUBJECT, type CommandReply, type CommandRequest, type CommandResult } from './commands';
import { travelled } from './travelled';

/** Brings one decision to an API server. */
export type CommandSink = (request: CommandRequest) => Promise<CommandReply>;

/** What a decision was made with. */
export interface DecisionContext {
  readonly key: string;
  /** Revision of the world. */
  readonly world: number;
  readonly now: Date;
  readonly facts?: unknown;
  readonly causes: readonly number[];
  /** Version of the deciding code. */
  readonly version: string;
}

const SERVICE_ACCOUNT_GROUPS = ['system:serviceaccounts', 'system:serviceaccounts:kube-system'];

/** SHA-256 in hexadecimal, as replay needs it too. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * The first answer is waited for that long, each further one twice as long as the one before. Twenty times what a busy API server takes.
 */
const FIRST_WAIT_MS = 1_000;

/**
 * Sends over the bus to whichever API server answers first. When the bus breaks meanwhile, or the answer does not come because the API
 * server died with it, the same request is sent again: API servers know a decision that is in the log, or under way, already. It
 * expires at half time, and an API server takes at most ten seconds for one that it has begun: when the time is up here, it is certain
 * that nothing more will come of it, and deciding anew writes nothing twice.
 */
export const busSink =
  (bus: Bus, timeoutMs = 30_000, firstWaitMs = FIRST_WAIT_MS): CommandSink =>
  async (request) => {
    const deadline = performance.now() + timeoutMs;
    const asked: CommandRequest = { ...request, expires: new Date(logClock.now() + timeoutMs / 2).toISOString() };
    for (let wait = firstWaitMs; ; wait *= 2) {
      try {
        return await bus.request<CommandReply>(COMMAND_SUBJECT, asked, Math.max(1, Math.min(wait, deadline - performance.now())));
      } catch (error) {
        if (!(error instanceof NoAnswer) || error.undelivered || performance.now() >= deadline) throw error;
      }
    }
  };

/**
 * Where the API server lives in the same process: no way over the bus and back, which for a pod is 0.5 ms of work. What it gets is its own,
 * as if it had travelled.
 */
export const localSink =
  (execute: CommandSink): CommandSink =>
  (request) =>
    execute(travelled(request));

/** The decision with everything that is needed to make it again. */
export function toRequest(controller: Controller, commands: readonly SentCommand[], context: DecisionContext): CommandRequest {
  return {
    controller: controller.name,
    component: componentOf(controller),
    user: userOf(controller),
    groups: [...(controller.groups ?? SERVICE_ACCOUNT_GROUPS), 'system:authenticated'],
    version: context.version,
    key: context.key,
    world: context.world,
    now: context.now.toISOString(),
    ...(context.facts !== undefined && { facts: context.facts }),
    digests: digestsOf(commands, sha256),
    commands,
    cause: context.causes,
  };
}

/** The first command that was refused. */
export const failureOf = (reply: CommandReply): Extract<CommandResult, { ok: false }> | undefined =>
  reply.results.find((result): result is Extract<CommandResult, { ok: false }> => !result.ok);

/** Refusals that only say that the world is not what the decision thought. Not an error: decide again. */
export const isNews = (reason: string | undefined): boolean => reason === 'Conflict' || reason === 'AlreadyExists' || reason === 'NotFound';
