import type { LogEvent } from '#lib/log/log';

/** An entry of the log as the answers name it: what was changed, by whom, and why. */
export interface Entry {
  readonly revision: number;
  readonly at: string;
  readonly type: LogEvent['type'];
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly user: string;
  readonly verb: string;
  readonly subresource?: string;
  /** The command line of kubectl, when it told one. */
  readonly command?: string;
  /** All requests of one run of kubectl have the same. */
  readonly session?: string;
  readonly controller?: string;
  readonly cause: readonly number[];
}

/** An entry with what it changed, in words. */
export interface ToldEntry extends Entry {
  readonly summary: string;
}

export function entryOf(event: LogEvent): Entry {
  const { revision, at, type, resource, namespace, name, uid, cause, request, decision } = event;
  return {
    revision,
    at,
    type,
    resource,
    namespace,
    name,
    uid,
    user: event.actor.user,
    verb: request.verb,
    ...(request.subresource && { subresource: request.subresource }),
    ...(request.command && { command: request.command }),
    ...(request.session && { session: request.session }),
    ...(decision && { controller: decision.controller }),
    cause,
  };
}
