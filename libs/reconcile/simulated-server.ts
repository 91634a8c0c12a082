import { ApiError, alreadyExists, conflict, forbiddenAccess, invalidObject, modified, notFound } from '#lib/api/errors';
import { Namespace } from '#lib/api/core/namespace';
import { sameValue } from '#lib/api/equality';
import type { FieldError } from '#lib/api/field-error';
import type { AnyKind, Subresource } from '#lib/api/kind';
import { kindOfObject } from '#lib/api/kinds';
import type { KubeObject, ObjectRef } from '#lib/api/meta';
import type { DeleteOptions, NewObject, Report } from './command';
import type { SentCommand } from './decide';
import { IndexedWorld } from './indexed-world';
import { drawSuffix, seeded } from './seeded';
import type { Change } from './world';

type WithParts = KubeObject & { spec?: Record<string, unknown>; status?: { conditions?: object[] } };

/**
 * The API server in one thread and on somebody else's time: it carries out commands on a world, with the rules of the kinds but
 * without identities, admission and the log. Names and uids come from a seed. Objects in its world are frozen.
 */
export class SimulatedServer {
  readonly world = new IndexedWorld();
  /** What controllers reported, in order. Events are not written as objects: repeats would keep a simulation busy. */
  readonly reports: Report[] = [];
  private readonly random: () => number;
  private uids = 0;

  /** `onChange` is called after each write. */
  constructor(
    private readonly now: () => Date,
    private readonly onChange: (change: Change, command: number) => void,
    seed = 1,
  ) {
    this.random = seeded(seed);
  }

  /** Puts an object into the world as it is; uid and version are filled in. */
  place(object: KubeObject): void {
    const draft = structuredClone(object);
    draft.metadata.uid ||= this.drawUid();
    draft.metadata.creationTimestamp ||= apiTime(this.now());
    this.write('ADDED', kindOf(draft), draft, -1);
  }

  /** Carries out the commands in order, up to the first that is refused. Returns the refusal. */
  execute(commands: readonly SentCommand[]): ApiError | undefined {
    for (const [index, command] of commands.entries()) {
      try {
        this.carryOut(command, index);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (command.do === 'create' && error.code !== 409) this.tellFailure(command, error, index);
        return error;
      }
    }
    return undefined;
  }

  private carryOut(command: SentCommand, index: number): void {
    switch (command.do) {
      case 'create': {
        const { metadata } = this.create(command.object, index);
        const { report } = command;
        if (report) this.reports.push({ ...report, message: report.message.replace('%s', metadata.name) });
        return;
      }
      case 'update':
        return this.update(command.object, command.object.metadata, undefined, index, () => structuredClone(command.object));
      case 'patch':
        return this.update(
          command.ref,
          command.ref,
          command.subresource,
          index,
          (current) => mergePatch(current, command.patch) as KubeObject,
        );
      case 'setStatus':
        return this.update(
          command.ref,
          command.ref,
          'status',
          index,
          (current) => ({ ...current, status: structuredClone(command.status) }) as KubeObject,
        );
      case 'finalize':
        return this.update(command.object, command.object.metadata, 'finalize', index, () => structuredClone(command.object));
      case 'remove':
      case 'evict':
        return this.remove(command.ref, command.options, index);
      case 'bind':
        return this.bind(command.ref, command.node, index);
      case 'report':
        this.reports.push(command.report);
    }
  }

  private create(object: NewObject, index: number): KubeObject {
    const kind = kindOf(object);
    const draft = structuredClone(object) as unknown as WithParts;
    const meta = draft.metadata;
    const group = { group: kind.group, plural: kind.plural };
    meta.name ||= meta.generateName ? `${meta.generateName}${drawSuffix(this.random)}` : '';
    if (!kind.namespaced) delete meta.namespace;
    if (this.world.get(kind, meta.namespace ?? '', meta.name)) throw alreadyExists(group, meta.name);
    const namespace = kind.namespaced ? this.world.get(Namespace, '', meta.namespace ?? '') : undefined;
    if (namespace?.status.phase === 'Terminating') {
      throw forbiddenAccess(group, meta.name, `unable to create new content in namespace ${meta.namespace} because it is being terminated`);
    }
    Object.assign(meta, { uid: this.drawUid(), creationTimestamp: apiTime(this.now()) });
    if (kind.hasGeneration) meta.generation = 1;
    if (kind.subresources.includes('status')) draft.status = {};
    kind.prepareCreate?.(draft, { now: this.now() });
    kind.defaults?.(draft);
    refuseInvalid(kind, meta.name, [...(kind.validate?.(draft) ?? []), ...(kind.validateCreate?.(draft) ?? [])]);
    this.write('ADDED', kind, draft, index);
    return draft;
  }

  /** `expected` may carry uid and resourceVersion that the stored object must have. */
  private update(
    of: { apiVersion: string; kind: string } & (ObjectRef | KubeObject),
    expected: { uid?: string; resourceVersion?: string; name: string; namespace?: string },
    subresource: Subresource | undefined,
    index: number,
    next: (current: KubeObject) => KubeObject,
  ): void {
    const kind = kindOf(of);
    const previous = this.require(kind, expected) as WithParts;
    const draft = structuredClone(next(previous)) as WithParts;
    draft.metadata = keptMeta(draft, previous, subresource);
    separate(kind, draft, previous, subresource);
    const context = { now: this.now(), subresource };
    kind.prepareUpdate?.(draft, previous, context);
    kind.defaults?.(draft);
    if (kind.hasGeneration && !subresource && !sameValue(draft.spec, previous.spec))
      draft.metadata.generation = (previous.metadata.generation ?? 0) + 1;
    const errors =
      subresource === 'status'
        ? (kind.validateStatus?.(draft, previous) ?? [])
        : [...(kind.validate?.(draft) ?? []), ...(kind.validateUpdate?.(draft, previous, context) ?? [])];
    refuseInvalid(kind, expected.name, errors);
    if (!sameValue(draft, previous)) this.write(mayGo(kind, draft) ? 'DELETED' : 'MODIFIED', kind, draft, index);
  }

  private remove(ref: ObjectRef, options: DeleteOptions, index: number): void {
    const kind = kindOf(ref);
    const previous = this.require(kind, ref);
    const draft = structuredClone(previous);
    const meta = draft.metadata;
    const grace = Math.max(0, kind.gracePeriod?.(previous, options.grace) ?? 0);
    const kept = (meta.finalizers ?? []).filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
    if (options.propagation === 'Orphan') kept.push('orphan');
    if (options.propagation === 'Foreground') kept.push('foregroundDeletion');
    if (options.propagation && (kept.length > 0 || meta.finalizers)) meta.finalizers = kept;
    if (meta.deletionTimestamp === undefined || grace < (meta.deletionGracePeriodSeconds ?? 0)) {
      if (meta.deletionTimestamp === undefined) {
        if (kind.hasGeneration) meta.generation = (meta.generation ?? 0) + 1;
        kind.whenAskedToGo?.(draft);
      }
      meta.deletionTimestamp = apiTime(new Date(this.now().getTime() + grace * 1000));
      meta.deletionGracePeriodSeconds = grace;
    }
    if (mayGo(kind, draft)) this.write('DELETED', kind, draft, index);
    else if (!sameValue(draft, previous)) this.write('MODIFIED', kind, draft, index);
  }

  private bind(ref: ObjectRef, node: string, index: number): void {
    const kind = kindOf(ref);
    const draft = structuredClone(this.require(kind, ref)) as WithParts;
    const spec = (draft.spec ??= {});
    if (spec.nodeName)
      throw conflict(
        { group: kind.group, plural: kind.plural },
        ref.name,
        `pod ${ref.name} is already assigned to node "${String(spec.nodeName)}"`,
      );
    spec.nodeName = node;
    const conditions = (draft.status?.conditions ?? []).filter((condition) => (condition as { type?: string }).type !== 'PodScheduled');
    conditions.push({ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: apiTime(this.now()) });
    draft.status = { ...draft.status, conditions };
    this.write('MODIFIED', kind, draft, index);
  }

  private tellFailure(command: SentCommand & { do: 'create' }, error: ApiError, index: number): void {
    const { orReport, orCondition } = command;
    if (orReport) this.reports.push({ ...orReport, message: orReport.message + error.message });
    if (!orCondition) return;
    const { stampsUpdate, ...condition } = orCondition.condition;
    const time = apiTime(this.now());
    const told = {
      ...condition,
      message: condition.message + error.message,
      lastTransitionTime: time,
      ...(stampsUpdate && { lastUpdateTime: time }),
    };
    this.update(orCondition.of, orCondition.of, 'status', index, (current) => withCondition(current, told));
  }

  private require(kind: AnyKind, expected: { uid?: string; resourceVersion?: string; name: string; namespace?: string }): KubeObject {
    const group = { group: kind.group, plural: kind.plural };
    const found = this.world.get<KubeObject>(kind, expected.namespace ?? '', expected.name);
    if (!found) throw notFound(group, expected.name);
    const { uid, resourceVersion } = found.metadata;
    if (expected.uid && expected.uid !== uid) {
      throw conflict(group, expected.name, `Precondition failed: UID in precondition: ${expected.uid}, UID in object meta: ${uid}`);
    }
    if (expected.resourceVersion && expected.resourceVersion !== resourceVersion) throw modified(group, expected.name);
    return found;
  }

  private write(type: Change['type'], kind: AnyKind, object: KubeObject, command: number): void {
    const revision = this.world.revision + 1;
    object.metadata = { ...object.metadata, resourceVersion: String(revision) };
    const stored = freeze(JSON.parse(JSON.stringify(object)) as KubeObject);
    this.onChange(this.world.apply(kind, type, stored, revision), command);
  }

  private drawUid(): string {
    return `00000000-0000-4000-8000-${String(++this.uids).padStart(12, '0')}`;
  }
}

function kindOf(object: { readonly apiVersion: string; readonly kind: string }): AnyKind {
  const kind = kindOfObject(object);
  if (!kind) throw new Error(`kind ${object.apiVersion}/${object.kind} is not in libs/api/kinds.ts`);
  return kind;
}

/** What no update may touch stays. */
function keptMeta(draft: KubeObject, previous: KubeObject, subresource: Subresource | undefined): KubeObject['metadata'] {
  const { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds, resourceVersion, ownerReferences } =
    previous.metadata;
  const kept = { uid, creationTimestamp, generation, deletionTimestamp, deletionGracePeriodSeconds, resourceVersion };
  return { ...draft.metadata, ...kept, ...(subresource === 'status' && { ownerReferences }) };
}

/** A write of the status touches only that, finalize only the spec, all others everything but the status. */
function separate(kind: AnyKind, draft: WithParts, previous: WithParts, subresource: Subresource | undefined): void {
  if (!kind.subresources.includes('status')) return;
  const { metadata, status } = draft;
  if (subresource === 'status') Object.assign(draft, structuredClone(previous), { metadata, status });
  else draft.status = structuredClone(previous.status);
}

function mayGo(kind: AnyKind, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && finalizers.length === 0 && !kind.holdsDeletion?.(object);
}

function withCondition(object: WithParts, told: { type: string; status: string; reason: string; message: string }): KubeObject {
  const conditions = (object.status?.conditions ?? []) as (typeof told)[];
  const known = conditions.find((condition) => condition.type === told.type);
  if (known?.status === told.status && known.reason === told.reason) return object;
  return {
    ...object,
    status: { ...object.status, conditions: [...conditions.filter((condition) => condition !== known), told] },
  } as KubeObject;
}

function refuseInvalid(kind: AnyKind, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(kind.group, kind.kind, name, errors);
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return structuredClone(patch);
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const merged: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

const apiTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(Object.freeze(value))) freeze(member);
  return value;
}
