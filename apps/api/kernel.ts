import type { EventLog } from '#lib/log/log';
import type { Authorizer } from './auth/authorizer';
import type { ServiceAccountTokens } from './auth/tokens';
import type { Continuations } from './read/continuations';
import type { Past } from './read/past';
import type { WatchHub } from './read/watch-hub';
import type { Writer } from './write/writer';
import type { LiveWorld } from './world/live-world';

/** What the routes work with; put together once in api.module.ts. */
export class Kernel {
  constructor(
    readonly log: EventLog,
    readonly world: LiveWorld,
    readonly past: Past,
    readonly hub: WatchHub,
    readonly writer: Writer,
    readonly authorizer: Authorizer,
    readonly tokens: ServiceAccountTokens,
    readonly continuations: Continuations,
    /** Pages through the past never expire. */
    readonly pastContinuations: Continuations,
  ) {}
}
