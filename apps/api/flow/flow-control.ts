import { tooManyRequests, type ApiError } from '#lib/api/errors';
import { FlowSchema } from '#lib/api/flowcontrol/flowschema';
import { PriorityLevelConfiguration } from '#lib/api/flowcontrol/prioritylevelconfiguration';
import type { World } from '#lib/reconcile/world';
import { Counter } from 'prom-client';
import type { Access, User } from '../auth/authorizer';
import { Level } from './level';
import { inOrder, matchesSchema } from './match';

/** Who a request is served with. */
export interface Flow {
  readonly schema: FlowSchema;
  readonly level: Level;
  readonly distinguisher: string;
}

/** A request that takes or waits for a seat. */
export interface Seat {
  readonly flow: Flow;
  /** Resolves when it may begin. Undefined: at once. @throws ApiError 429. */
  readonly wait: Promise<void> | undefined;
  /** To be called once, when the request is over or its client has gone. */
  leave(): void;
}

export interface FlowOptions {
  /** Requests that are carried out at once, watches not counted; upstream's default, 400 and 200. */
  readonly seats?: number;
  /** How long a request waits for a seat at most; a quarter of upstream's time for a request. */
  readonly waitMs?: number;
}

/** What schemas have that are there from the start. */
const BOOTSTRAPPED = 'apf.kubernetes.io/autoupdate-spec';

const REMEMBERED = 20_000;

const rejected = new Counter({
  name: 'apiserver_flowcontrol_rejected_requests_total',
  help: 'Requests that were refused because their priority level was full.',
  labelNames: ['priority_level', 'flow_schema', 'reason'],
});

/**
 * Keeps one client from taking the server away from all others. While it is not busy nobody looks at whose turn it is; when more requests
 * are under way than there are seats, each priority level keeps the seats that are its own, and the rest waits in queues or is refused
 * before anything was done. Mirrors apiserver/pkg/util/flowcontrol, with fewer promises: levels lend whatever is free.
 */
export class FlowControl {
  private readonly seats: number;
  private readonly waitMs: number;
  private readonly levels = new Map<string, Level>();
  private schemas: readonly FlowSchema[] | undefined;
  private flows = new Map<string, Flow>();
  private told: boolean | undefined;
  private underWay = 0;
  private waiting = 0;

  constructor(
    private readonly world: World,
    { seats = 600, waitMs = 15_000 }: FlowOptions = {},
  ) {
    this.seats = seats;
    this.waitMs = waitMs;
  }

  /** To be called when a schema or level changed. */
  forget(): void {
    this.schemas = undefined;
    this.told = undefined;
    this.flows = new Map();
  }

  /** Every request passes here, and `left` when it is over. */
  arrived(): void {
    this.underWay++;
  }

  left(): void {
    this.underWay--;
    if (this.waiting > 0) this.dispatch();
  }

  /** The seats that each priority level has of its own. */
  nominalSeats(): [level: string, seats: number][] {
    this.schemasNow();
    return [...this.levels.values()].filter(({ isExempt }) => !isExempt).map((level) => [level.config.metadata.name, level.seats]);
  }

  /** True when it matters whose turn it is: half of the seats are taken. */
  get isBusy(): boolean {
    return this.underWay > this.seats / 2;
  }

  /** True when somebody made schemas of his own, and so will want to see in answers which one a request belonged to. */
  get isTold(): boolean {
    return (this.told ??= this.world.list(FlowSchema).some(({ metadata }) => metadata.annotations?.[BOOTSTRAPPED] !== 'true'));
  }

  /** What a request is served as. */
  flowOf(user: User, access: Access): Flow | undefined {
    const question =
      'path' in access
        ? `${access.verb} ${access.path}`
        : `${access.verb}\t${access.group}\t${access.resource}\t${access.subresource ?? ''}\t${access.namespace}`;
    const key = `${user.name}\n${user.groups.join()}\n${question}`;
    let flow = this.flows.get(key);
    if (!flow) {
      flow = this.find(user, access);
      if (!flow) return undefined;
      if (this.flows.size >= REMEMBERED) this.flows.clear();
      this.flows.set(key, flow);
    }
    return flow;
  }

  /** A seat for one that has `arrived`. @throws ApiError 429 when there is none and none to wait for. */
  seat(flow: Flow): Seat {
    const { level } = flow;
    if (level.isExempt) return { flow, wait: undefined, leave: () => undefined };
    if (this.waiting === 0 ? this.isFree(level) : level.running < level.seats) return this.taken(flow);
    return this.queued(flow);
  }

  private taken(flow: Flow): Seat {
    flow.level.running++;
    let over = false;
    const leave = (): void => {
      if (over) return;
      over = true;
      flow.level.running--;
      if (this.waiting > 0) this.dispatch();
    };
    return { flow, wait: undefined, leave };
  }

  private queued(flow: Flow): Seat {
    const { level } = flow;
    const queue = level.queueFor(flow.distinguisher);
    if (queue === undefined) throw this.refusal(flow, 'queue-full');
    let seat: Seat | undefined;
    let leave = (): void => undefined;
    const wait = new Promise<void>((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        this.waiting--;
        seat = this.taken(flow);
        resolve();
      };
      const waiter = { queue, go };
      const give = (error: ApiError): void => {
        clearTimeout(timer);
        if (!level.drop(waiter)) return;
        this.waiting--;
        reject(error);
      };
      const timer = setTimeout(() => give(this.refusal(flow, 'time-out')), this.waitMs);
      leave = () => give(this.refusal(flow, 'cancelled'));
      level.push(waiter);
      this.waiting++;
    });
    return { flow, wait, leave: () => (seat ? seat.leave() : leave()) };
  }

  /** The level that has the fewest of its seats taken goes first. */
  private dispatch(): void {
    for (;;) {
      let best: Level | undefined;
      for (const level of this.levels.values()) {
        if (level.waiting > 0 && this.isFree(level, 1) && (!best || level.running / level.seats < best.running / best.seats)) best = level;
      }
      const waiter = best?.shift();
      if (!waiter) return;
      waiter.go();
    }
  }

  /** Whether there is a seat for one of this level; `more` is 1 when he is not counted yet. */
  private isFree(level: Level, more = 0): boolean {
    return this.underWay - this.waiting + more <= this.seats || level.running < level.seats;
  }

  private refusal({ schema, level }: Flow, reason: string): ApiError {
    rejected.inc({ priority_level: level.config.metadata.name, flow_schema: schema.metadata.name, reason });
    return tooManyRequests('Too many requests, please try again later.', 1);
  }

  private find(user: User, access: Access): Flow | undefined {
    const schema = this.schemasNow().find((one) => matchesSchema(one, user, access));
    const level = schema && this.levels.get(schema.spec.priorityLevelConfiguration.name);
    if (!schema || !level) return undefined;
    const by = schema.spec.distinguisherMethod?.type;
    const own = by === 'ByUser' ? user.name : by === 'ByNamespace' && !('path' in access) ? access.namespace : '';
    return { schema, level, distinguisher: `${schema.metadata.name}/${own}` };
  }

  /** Those whose level exists; the seats are dealt anew. */
  private schemasNow(): readonly FlowSchema[] {
    if (this.schemas) return this.schemas;
    const configs = this.world.list(PriorityLevelConfiguration);
    for (const config of configs) {
      const known = this.levels.get(config.metadata.name);
      if (known) known.config = config;
      else this.levels.set(config.metadata.name, new Level(config));
    }
    const names = new Set(configs.map(({ metadata }) => metadata.name));
    for (const [name, level] of this.levels) if (!names.has(name) && level.waiting === 0) this.levels.delete(name);
    const shares = [...this.levels.values()].reduce((sum, level) => sum + level.shares, 0);
    for (const level of this.levels.values()) level.seats = Math.max(1, Math.ceil((this.seats * level.shares) / Math.max(shares, 1)));
    return (this.schemas = inOrder(this.world.list(FlowSchema)).filter(({ spec }) => names.has(spec.priorityLevelConfiguration.name)));
  }
}
