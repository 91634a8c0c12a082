import { modified, notFound } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import { ValidatingAdmissionPolicyBinding } from '#lib/api/admissionregistration/policies';
import type { Operation, Outside } from '../admission/outside';
import type { AdmissionRequest } from '../admission/plugin';
import { validatingPolicies } from '../admission/policies/validating';
import type { LiveWorld } from '../world/live-world';
import { admissionOf, attemptCreate, draftNew, finishNew, prepareCreate, type WishExtras } from './create';
import { copyOf } from './patch/copy';
import { attemptRemove, type Removal, type RemoveOptions } from './remove';
import type { WriteRequest } from './request';
import { View } from './view';
import { attemptUpdate, draftNext, type NextVersion } from './update';
import type { Attempt, Writer } from './writer';

/** What is left to do at the head of the log; a promise while others are asked first. */
export type Prepared<R> = Attempt<R> | Promise<Attempt<R>>;

/** The object at the head is not the version that others were asked about: they have to be asked again. */
export class Outdated extends Error {}

/** A body that is not the object itself, and the version of it before, if there is one. */
export interface Part<B extends object> {
  readonly type: { readonly group: string; readonly version: string; readonly kind: string };
  readonly body: B;
  readonly previous?: object;
}

export const BINDING = { group: '', version: 'v1', kind: 'Binding' };
export const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' };
export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** How often a write that is overtaken is asked about before it is given up. */
export const MAX_TURNS = 10;

/**
 * Asks those outside about a write before it waits for its turn at the head of the log, where nothing can be waited for. What they
 * said holds for the version that they saw: when the head has another one, they are asked again. When nobody wants to be asked,
 * which is a look into a map, nothing is done here.
 */
export class Consult {
  constructor(
    private readonly writer: Writer,
    private readonly world: LiveWorld,
    private readonly outside: Outside,
  ) {}

  /** Whether somebody outside may have a say in such a write. */
  concerns(request: WriteRequest, operation: Operation): boolean {
    return this.outside.concerns(request.kind, operation, request.subresource);
  }

  create(request: WriteRequest, draft: KubeObject, extras?: WishExtras): Prepared<KubeObject> {
    if (this.concerns(request, 'CREATE')) return this.askedCreate(request, draft, extras);
    return attemptCreate(request, prepareCreate(request, draft, this.world), extras);
  }

  update(request: WriteRequest, next: NextVersion, extras?: WishExtras): Prepared<KubeObject> {
    return this.concerns(request, 'UPDATE') ? this.askedUpdate(request, next, extras) : attemptUpdate(request, next, extras);
  }

  remove(request: WriteRequest, options: RemoveOptions, extras?: WishExtras): Prepared<Removal> {
    return this.concerns(request, 'DELETE') ? this.askedRemove(request, options, extras) : attemptRemove(request, options, extras);
  }

  /** Asks about a write whose body is a part of the object or a wish about it; `prepare` goes on with what became of the body. */
  part<B extends object, R>(request: WriteRequest, { type, body, previous }: Part<B>, prepare: (body: B) => Prepared<R>): Prepared<R> {
    const operation = previous ? 'UPDATE' : 'CREATE';
    if (!this.concerns(request, operation) && this.world.count(ValidatingAdmissionPolicyBinding) === 0) return prepare(body);
    const object = {
      ...body,
      metadata: { name: request.name, namespace: request.namespace, ...(body as Partial<KubeObject>).metadata },
    } as unknown as KubeObject;
    return this.askedPart({ ...admissionOf(request, object, previous as KubeObject | undefined), operation, body: type }, request, prepare);
  }

  private async askedPart<B extends object, R>(
    admission: AdmissionRequest,
    request: WriteRequest,
    prepare: (body: B) => Prepared<R>,
  ): Promise<Attempt<R>> {
    await this.outside.mutate(admission, request);
    await this.outside.validate(admission, request);
    validatingPolicies.settle?.(admission, new View(this.world));
    return prepare(admission.object as unknown as B);
  }

  /** Carries a write out, and prepares it again when it was overtaken. @throws ApiError 409 when that happens all the time. */
  async run<R>(request: WriteRequest, prepare: () => Prepared<R>): Promise<R> {
    const first = prepare();
    if (!(first instanceof Promise)) return this.submit(request, first);
    for (let turn = 1, prepared = first; ; turn++, prepared = Promise.resolve(prepare())) {
      try {
        return await this.submit(request, await prepared);
      } catch (error) {
        if (!(error instanceof Outdated)) throw error;
        if (turn === MAX_TURNS) throw modified(request.kind, request.name);
      }
    }
  }

  private submit<R>(request: WriteRequest, attempt: Attempt<R>): Promise<R> {
    return request.dryRun ? Promise.resolve(this.writer.rehearse(attempt)) : this.writer.submit(request.origin, attempt);
  }

  private async askedCreate(request: WriteRequest, draft: KubeObject, extras?: WishExtras): Promise<Attempt<KubeObject>> {
    const admission = draftNew(request, draft, this.world);
    await this.outside.mutate(admission, request);
    finishNew(admission, request, this.world);
    const attempt = attemptCreate(request, admission, extras);
    const object = this.writer.rehearse(attemptCreate(quiet(request), admission));
    await this.outside.validate({ ...admission, object }, request);
    return attempt;
  }

  private async askedUpdate(request: WriteRequest, next: NextVersion, extras?: WishExtras): Promise<Attempt<KubeObject>> {
    const previous = this.current(request);
    const admission = draftNext(request, next, previous, this.world);
    await this.outside.mutate(admission, request);
    const decided: NextVersion = (current) => {
      requireSame(current, previous);
      return copyOf(admission.object);
    };
    const owned = { ...request, isOwned: true };
    const object = this.writer.rehearse(attemptUpdate(quiet(owned), decided));
    await this.outside.validate({ ...admission, object }, request);
    return attemptUpdate(owned, decided, extras);
  }

  private async askedRemove(request: WriteRequest, options: RemoveOptions, extras?: WishExtras): Promise<Attempt<Removal>> {
    const previous = this.current(request);
    this.writer.rehearse(attemptRemove(quiet(request), options));
    const admission = { ...admissionOf(request, previous, previous), operation: 'DELETE' as const };
    await this.outside.mutate(admission, request);
    await this.outside.validate(admission, request);
    const attempt = attemptRemove(request, options, extras);
    return (view, write) => {
      const current = view.get(request.kind, request.namespace, request.name);
      if (current) requireSame(current, previous);
      return attempt(view, write);
    };
  }

  private current(request: WriteRequest): KubeObject {
    const found = this.world.get(request.kind, request.namespace, request.name) as KubeObject | undefined;
    if (!found) throw notFound(request.kind, request.name);
    return found;
  }
}

/** For rehearsals: what there is to say is said when it counts. */
const quiet = (request: WriteRequest): WriteRequest => ({ ...request, warnings: [], annotations: {} });

function requireSame(current: KubeObject, seen: KubeObject): void {
  const [now, then] = [current.metadata, seen.metadata];
  if (now.uid !== then.uid || now.resourceVersion !== then.resourceVersion) throw new Outdated('the object at the head is another version');
}
