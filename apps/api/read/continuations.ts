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

  first(request: ListRequest, objects: readonly KubeObject[], limit: number, revision: number, all: boolean): Page {
    return this.page(request, { objects, all }, limit, revision, this.now());
  }

  async next(text: string, limit: number, request: ListRequest, selection: Selection): Promise<Page> {
    const token = readToken(text, this.live().revision);
    if (token.rv < 0) return this.inconsistent(token, limit, request, selection);
    if (this.now() - (token.t ?? 0) > this.lifetime) throw this.expiredToken(token);
    const rest = this.open.get(keyOfRest(request, text)) ?? (await this.fromLog(token, request, selection));
    return this.page(request, rest, limit, token.rv, token.t ?? 0);
  }

  /** Pages that are still to come are read from the log again. */
  forget(): void {
    this.open.clear();
  }

  private page(request: ListRequest, { objects, all }: Open, limit: number, revision: number, t: number): Page {
    if (limit === 0 || objects.length <= limit) return { objects, revision, next: '' };
    const page = objects.slice(0, limit);
    const next = writeToken({ v: 'meta.k8s.io/v1', rv: revision, start: keyOf(page[page.length - 1] as KubeObject), t });
    this.remember(keyOfRest(request, next), { objects: objects.slice(limit), all });
    return { objects: page, revision, next, ...(all && { remaining: objects.length - limit }) };
  }

  /** Goes on after the last key, but in the world as it is now: what a client may choose when its token has expired. */
  private inconsistent(token: Token, limit: number, request: ListRequest, selection: Selection): Page {
    const world = this.live();
    const rest = selected(world, request.kind, selection).filter((object) => keyOf(object) > token.start);
    return this.first(request, rest, limit, world.revision, selection.all);
  }

  private async fromLog(token: Token, request: ListRequest, selection: Selection): Promise<Open> {
    const world = await this.pastWorld(token.rv, request);
    const objects = selected(world, request.kind, selection).filter((object) => keyOf(object) > token.start);
    return { objects, all: selection.all };
  }

  private remember(key: string, rest: Open): void {
    this.open.set(key, rest);
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

/** What is kept belongs to one question: the same token in another one's hands must not show him these objects. */
const keyOfRest = ({ kind, namespace, query }: ListRequest, token: string): string =>
  JSON.stringify([kind.resource, namespace, query.get('labelSelector') ?? '', query.get('fieldSelector') ?? '', token]);

/** @throws ApiError 400. Mirrors DecodeContinue of apiserver/pkg/storage. */
function readToken(text: string, head: number): Token {
  const refuse = (why: string): ApiError => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  let token: Partial<Token> | null;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Token> | null;
  } catch {
    throw refuse('it is no base64 of JSON');
  }
  const { v, rv, start, t } = typeof token === 'object' && token !== null ? token : {};
  if (v !== 'meta.k8s.io/v1') throw refuse(`server does not recognize this encoded version ${JSON.stringify(v ?? '')}`);
  if (typeof start !== 'string' || start === '') throw refuse('encoded start key empty (version meta.k8s.io/v1)');
  if (!Number.isSafeInteger(rv) || rv === 0 || (rv as number) < -1 || (rv as number) > head || (t !== undefined && !Number.isFinite(t))) {
    throw refuse('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  return { v, rv: rv as number, start, ...(t !== undefined && { t }) };
}
