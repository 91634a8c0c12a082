import { ApiError, conflict, internalError, notFound, unavailable, type Status } from '#lib/api/errors';
import type { Subresource } from '#lib/api/kind';
import { storedKind } from '#lib/api/kinds';
import type { KubeObject, ObjectRef } from '#lib/api/meta';
import { rfc3339 } from '#lib/api/time';
import { logClock } from '#lib/log/log-clock';
import type { Command, FailureCondition, Report } from '#lib/reconcile/command';
import type { CommandReply, CommandRequest, CommandResult } from '#lib/runtime/commands';
import { copyOf } from './patch/copy';
import { mergePatch } from './patch/merge';
import { randomUUID } from 'node:crypto';
import type { Authorizer } from '../auth/authorizer';
import type { LiveWorld } from '../world/live-world';
import { identityOf } from '../world/recent-decisions';
import { BINDING, EVICTION, MAX_TURNS, Outdated, type Consult, type Prepared } from './consult';
import { readyToCreate, type WishExtras } from './create';
import { attemptEvict } from './evict';
import { writeReport } from './reports';
import type { WriteRequest } from './request';
import { attemptBind, attemptFinalize, type Binding } from './subresources';
import type { Attempt, Origin, Writer } from './writer';

type Sent = CommandRequest['commands'][number];

/** What one command came to: the object it wrote, or nothing. */
type Step = Attempt<KubeObject | undefined>;

type Tried = KubeObject | ApiError | undefined;

const VERBS: Record<Sent['do'], string> = {
  create: 'create',
  update: 'update',
  patch: 'patch',
  setStatus: 'update',
  finalize: 'update',
  remove: 'delete',
  evict: 'create',
  bind: 'create',
  report: 'create',
};

/** Runs the commands of controllers through the same pipeline as the requests of users. */
export class CommandExecutor {
  private readonly underWay = new Map<string, Promise<CommandReply>>();

  constructor(
    private readonly writer: Writer,
    private readonly consult: Consult,
    private readonly world: LiveWorld,
    private readonly authorizer: Authorizer,
    private readonly now: () => Date = () => logClock.date(),
  ) {}

  /** All commands of a decision in one go, in order, up to the first that is refused; each decision at most once. */
  execute(asked: CommandRequest): Promise<CommandReply> {
    const identity = identityOf(asked);
    const known = this.underWay.get(identity);
    if (known) return known;
    const reply = this.carryOut(asked).finally(() => this.underWay.delete(identity));
    this.underWay.set(identity, reply);
    return reply;
  }

  private async carryOut(asked: CommandRequest): Promise<CommandReply> {
    for (const command of asked.commands) {
      const wait = command.do === 'create' ? this.readyFor(command.object) : undefined;
      if (wait) await wait;
    }
    const outcome = await this.submitted(asked, this.now());
    const results = outcome.map(resultOf);
    return { results, revision: this.world.decisions.revisionOf(asked) ?? 0 };
  }

  /** Where others had a say about a version that is no longer the newest, they are asked again. */
  private async submitted(asked: CommandRequest, now: Date): Promise<Tried[]> {
    for (let turn = 1; ; turn++) {
      const prepared = asked.commands.map((command, index) => this.prepare(asked, command, index, now));
      const steps = prepared.some((step) => step instanceof Promise) ? await Promise.all(prepared) : (prepared as Step[]);
      try {
        return await this.writer.submit(originOf(asked), this.attempt(asked, steps, now));
      } catch (error) {
        if (!(error instanceof Outdated)) throw error;
        if (turn === MAX_TURNS)
          return [conflict({ group: '', plural: 'decisions' }, asked.key, 'the object kept changing while its admission was asked for')];
      }
    }
  }

  private attempt(asked: CommandRequest, steps: readonly Step[], now: Date): Attempt<Tried[]> {
    return (view, write) => {
      const refusal = this.refusalOf(asked);
      if (refusal) return [refusal];
      const tried: Tried[] = [];
      for (const [index, step] of steps.entries()) {
        try {
          tried.push(step(view, write));
        } catch (error) {
          const refused = refusalFrom(error, asked, index);
          tried.push(refused);
          this.tellFailure(asked, asked.commands[index] as Sent, index, refused, now)(view, write);
          break;
        }
      }
      return tried;
    };
  }

  private readyFor(object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly namespace?: string };
  }): Promise<unknown> | undefined {
    const kind = this.world.custom.kindOfObject(object);
    return kind && readyToCreate(kind, object.metadata.namespace ?? '', object, this.world);
  }

  /** Asked at the head of the log, where it is certain. A conflict is news: whoever asked looks at what came of it and decides again. */
  private refusalOf(asked: CommandRequest): ApiError | undefined {
    if (this.world.decisions.revisionOf(asked) !== undefined)
      return conflict({ group: '', plural: 'decisions' }, asked.key, 'it was carried out already');
    if (asked.expires === undefined || this.now().getTime() <= Date.parse(asked.expires)) return undefined;
    return unavailable('the decision came too late to be carried out');
  }

  /** Never throws: what is wrong with a command shows when its turn comes. */
  private prepare(asked: CommandRequest, command: Sent, index: number, now: Date): Step | Promise<Step> {
    const refusing =
      (error: unknown): Step =>
      () => {
        throw error instanceof ApiError || error instanceof Outdated ? error : internalError((error as Error).message);
      };
    try {
      const step = this.stepOf(asked, command, index, now);
      return step instanceof Promise ? step.catch(refusing) : step;
    } catch (error) {
      return refusing(error);
    }
  }

  private stepOf(asked: CommandRequest, command: Sent, index: number, now: Date): Step | Promise<Step> {
    const extras = extrasOf(asked, command, index);
    if (command.do === 'report') {
      return (view, write) => writeReport(view, write, command.report, asked.component, now, extras);
    }
    const request = this.requestOf(asked, command, now);
    const expected = 'ref' in command ? command.ref : undefined;
    switch (command.do) {
      case 'create':
        return this.createStep(asked, request, command, extras, now);
      case 'update':
        return this.consult.update(request, () => copyOf(command.object), extras);
      case 'patch':
        return this.consult.update(request, (current) => expecting(expected, mergePatch(current, command.patch) as KubeObject), extras);
      case 'setStatus':
        return this.consult.update(
          request,
          (current) => expecting(expected, copyOf({ ...current, status: command.status }) as KubeObject),
          extras,
        );
      case 'finalize':
        return attemptFinalize(request, command.object, extras);
      case 'bind':
        return this.bindStep(request, command, extras);
      case 'evict':
        return removed(
          this.consult.part(request, { type: EVICTION, body: {} }, () => attemptEvict(request, removeOptions(command), extras)),
        );
      case 'remove':
        return removed(this.consult.remove(request, removeOptions(command), extras));
    }
  }

  private bindStep(request: WriteRequest, { ref, node }: Sent & { do: 'bind' }, extras: WishExtras): Step | Promise<Step> {
    const body: Binding = { metadata: { uid: ref.uid }, target: { kind: 'Node', name: node } };
    return this.consult.part(request, { type: BINDING, body }, (binding) => attemptBind(request, binding, extras));
  }

  private createStep(
    asked: CommandRequest,
    request: WriteRequest,
    command: Sent & { do: 'create' },
    extras: WishExtras,
    now: Date,
  ): Step | Promise<Step> {
    const prepared = this.consult.create(request, copyOf(command.object) as KubeObject, extras);
    const { report } = command;
    if (!report) return prepared;
    return then(prepared, (attempt) => (view, write) => {
      const made = attempt(view, write);
      const told: Report = { ...report, message: report.message.replace('%s', made.metadata.name) };
      writeReport(view, write, told, asked.component, now, extras);
      return made;
    });
  }

  /** What the controller wants to be told about a create that failed; a lost race is not a failure. */
  private tellFailure(asked: CommandRequest, command: Sent, index: number, error: ApiError, now: Date): Attempt<void> {
    return (view, write) => {
      if (command.do !== 'create' || error.code === 409) return;
      const extras = extrasOf(asked, command, index);
      if (command.orReport) {
        const told: Report = { ...command.orReport, message: command.orReport.message + error.message };
        writeReport(view, write, told, asked.component, now, extras);
      }
      if (command.orCondition) {
        const { of, condition } = command.orCondition;
        const kind = this.world.custom.kindOfObject(of);
        const object = kind && view.get(kind, of.namespace, of.name);
        if (!kind || !object || (of.uid && object.metadata.uid !== of.uid)) return;
        const next = withCondition(object, { ...condition, message: condition.message + error.message }, now);
        if (next) write({ kind, type: 'MODIFIED', object: next, ...extras });
      }
    };
  }

  private requestOf(asked: CommandRequest, command: Exclude<Sent, { do: 'report' }>, now: Date): WriteRequest {
    const target = targetOf(command);
    const named = this.world.custom.kindOfObject(target);
    const kind = named && storedKind(named);
    if (!kind) throw notFound({ group: '', plural: `${target.apiVersion}/${target.kind}` }, target.name);
    const subresource = subresourceOf(command);
    this.authorizer.require(
      { name: asked.user, groups: [...asked.groups, 'system:authenticated'] },
      { verb: VERBS[command.do], group: kind.group, resource: kind.plural, subresource, namespace: target.namespace, name: target.name },
    );
    return { kind, namespace: target.namespace, name: target.name, subresource, origin: originOf(asked), now, dryRun: false, warnings: [] };
  }
}

const removed = (prepared: Prepared<{ object: KubeObject }>): Step | Promise<Step> =>
  then(prepared, (attempt) => (view, write) => attempt(view, write).object);

const then = <R>(prepared: Prepared<R>, go: (attempt: Attempt<R>) => Step): Step | Promise<Step> =>
  prepared instanceof Promise ? prepared.then(go) : go(prepared);

/** What an earlier command of the same decision changed is news to whoever decided: he looks, and decides again. */
function refusalFrom(error: unknown, asked: CommandRequest, index: number): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Outdated && index > 0) return conflict({ group: '', plural: 'decisions' }, asked.key, error.message);
  throw error;
}

const removeOptions = (command: Sent & { do: 'remove' | 'evict' }) => ({
  gracePeriodSeconds: command.options.grace,
  propagationPolicy: command.options.propagation,
  preconditions: { uid: command.ref.uid, resourceVersion: command.ref.resourceVersion },
});

function targetOf(command: Exclude<Sent, { do: 'report' }>): ObjectRef {
  if ('ref' in command) return command.ref;
  const { apiVersion, kind, metadata } = command.object;
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: command.do === 'create' ? '' : (metadata.name ?? '') };
}

function subresourceOf(command: Command): Subresource | undefined {
  if (command.do === 'setStatus') return 'status';
  if (command.do === 'patch') return command.subresource;
  if (command.do === 'finalize') return 'finalize';
  if (command.do === 'bind') return 'binding';
  return command.do === 'evict' ? 'eviction' : undefined;
}

/** Puts the reference's preconditions on the draft, where the update checks them. */
function expecting(ref: ObjectRef | undefined, draft: KubeObject): KubeObject {
  if (ref?.uid) draft.metadata.uid = ref.uid;
  if (ref?.resourceVersion) draft.metadata.resourceVersion = ref.resourceVersion;
  return draft;
}

function extrasOf(asked: CommandRequest, command: Sent, index: number): WishExtras {
  return {
    request: { verb: VERBS[command.do], ...(command.do !== 'report' && { subresource: subresourceOf(command) }) },
    cause: command.because ?? asked.cause,
    decision: {
      controller: asked.controller,
      version: asked.version,
      key: asked.key,
      world: asked.world,
      now: asked.now,
      index,
      commands: asked.digests,
      ...(asked.facts !== undefined && { facts: asked.facts }),
    },
  };
}

function originOf(asked: CommandRequest): Origin {
  return {
    actor: { user: asked.user, groups: asked.groups, userAgent: `decklog/${asked.controller}` },
    request: { id: randomUUID(), verb: 'update', fieldManager: asked.component },
    cause: asked.cause,
    ...(asked.trace && { trace: asked.trace }),
  };
}

function resultOf(outcome: KubeObject | ApiError | undefined): CommandResult {
  if (outcome instanceof ApiError) return { ok: false, status: outcome.status as Status };
  if (outcome === undefined) return { ok: true };
  return { ok: true, revision: Number(outcome.metadata.resourceVersion), name: outcome.metadata.name };
}

/**
 * Undefined when nothing is new. The text alone is not: it may name a pod that was never made, another one with each attempt, and writing
 * it would wake whoever tries, at once and for ever. Mirrors SetDeploymentCondition and calculateStatus of replica sets.
 */
function withCondition(object: KubeObject, asked: FailureCondition, now: Date): KubeObject | undefined {
  const { stampsUpdate, ...condition } = asked;
  const status = (object as { status?: { conditions?: (FailureCondition & { lastTransitionTime?: string })[] } }).status ?? {};
  const known = status.conditions?.find((c) => c.type === condition.type);
  if (known?.status === condition.status && known.reason === condition.reason) return undefined;
  const time = rfc3339(now);
  const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : time;
  const next = { ...condition, ...(stampsUpdate && { lastUpdateTime: time }), lastTransitionTime };
  const conditions = [...(status.conditions ?? []).filter((c) => c.type !== condition.type), next];
  return { ...object, metadata: { ...object.metadata }, status: { ...status, conditions } } as KubeObject;
}
