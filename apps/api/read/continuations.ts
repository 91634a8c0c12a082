import { ApiError, badRequest, expired } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import { keyOf } from '#lib/reconcile/controller';
import { selected, type ListRequest, type Page } from './list';
import type { Selection } from './selection';

/** Upstream's compaction interval: conformance expects a token to expire. History itself never does: see `/asof`. */
const LIFETIME_MS = 5 * 60_000;

/** Lists that are being paged through at the same time; the oldest is forgotten first and then read from the log. */
const MAX_OPEN = 200;

interface Token {
  readonly v: 'meta.k8s.io/v1';
  readonly rv: number;
  /** Key of the last object that was given out. */
  readonly start: string;
  /** When the first page was made, epoch milliseconds; on inconsistent tokens absent. */
  readonly t?: number;
}

interface Open {
  readonly objects: readonly KubeObject[];
  readonly all: boolean;
}

/**
 * Lists in pages against one consistent revision. The objects of a list that goes on are kept (they are shared and never
 * change, so this costs a pointer each); after a restart, or on another replica, the log gives the same world again.
 */
export class Continuations {
  private readonly open = new Map<string, Open>();

  constructor(
    private readonly live: () => World,
    private readonly pastWorld: (revision: number, request: ListRequest) => Promise<World>,
    private readonly now: () => number = () => Date.now(),
    private readonly lifetime = LIFETIME_MS,
  ) {}

  first(objects: readonly KubeObject[], limit: number, revision: number, all: boolean): Page {
    const page = objects.slice(0, limit);
    const next = this.tokenAfter(page, revision, this.now());
    this.remember(next, { objects: objects.slice(limit), all });
    return { objects: page, revision, next, ...(all && { remaining: objects.length - limit }) };
  }

  async next(text: string, limit: number, request: ListRequest, selection: Selection): Promise<Page> {
    const token = readToken(text);
    if (token.rv < 0) return this.inconsistent(token, limit, request, selection);
    if (this.now() - (token.t ?? 0) > this.lifetime) throw this.expiredToken(token);
    const rest = this.open.get(text) ?? (await this.fromLog(token, request, selection));
    if (limit === 0 || rest.objects.length <= limit) return { objects: rest.objects, revision: token.rv, next: '' };
    const page = rest.objects.slice(0, limit);
    const next = this.tokenAfter(page, token.rv, token.t ?? 0);
    this.remember(next, { objects: rest.objects.slice(limit), all: rest.all });
    return { objects: page, revision: token.rv, next, ...(rest.all && { remaining: rest.objects.length - limit }) };
  }

  /** Goes on after the last key, but in the world as it is now: what a client may choose when its token has expired. */
  private inconsistent(token: Token, limit: number, request: ListRequest, selection: Selection): Page {
    const world = this.live();
    const rest = selected(world, request.kind, selection).filter((object) => keyOf(object) > token.start);
    if (limit === 0 || rest.length <= limit) return { objects: rest, revision: world.revision, next: '' };
    return this.first(rest, limit, world.revision, selection.all);
  }

  private async fromLog(token: Token, request: ListRequest, selection: Selection): Promise<Open> {
    const world = await this.pastWorld(token.rv, request);
    const objects = selected(world, request.kind, selection).filter((object) => keyOf(object) > token.start);
    return { objects, all: selection.all };
  }

  private tokenAfter(page: readonly KubeObject[], rv: number, t: number): string {
    const last = page[page.length - 1] as KubeObject;
    return writeToken({ v: 'meta.k8s.io/v1', rv, start: keyOf(last), t });
  }

  private remember(token: string, rest: Open): void {
    this.open.set(token, rest);
    if (this.open.size > MAX_OPEN) this.open.delete(this.open.keys().next().value as string);
  }

  private expiredToken(token: Token): ApiError {
    const refusal = expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
    return new ApiError({ ...refusal.status, metadata: { continue: writeToken({ v: 'meta.k8s.io/v1', rv: -1, start: token.start }) } });
  }
}

const writeToken = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url');

function readToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Token;
    if (token.v === 'meta.k8s.io/v1' && Number.isSafeInteger(token.rv) && typeof token.start === 'string') return token;
  } catch {
    // answered below
  }
  throw badRequest('continue key is not valid: illegal base64 data or unknown version');
}
