import type { ApiError } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import type { Report } from './command';
import { isWorldController, type Controller } from './controller';
import { decideOn, factsFor, keysWokenBy, sentCommands, wakeTime, type SentCommand } from './decide';
import { digestsOf, plainDigest, type Sha256 } from './digest';
import type { ReplayEntry } from './replay';
import { seeded } from './seeded';
import { SimulatedServer } from './simulated-server';
import type { Change, World } from './world';

/** How a simulation runs. */
export interface SimulationOptions {
  /** When it begins. Default 2030-01-01T12:00:00Z. */
  readonly now?: Date;
  /** Names, uids and, with `shuffle`, the order of decisions come from it. Default 1. */
  readonly seed?: number;
  /** Decide on a random waiting key instead of the one that waits longest: finds what only works in one order. Default false. */
  readonly shuffle?: boolean;
  /** `settle` does not wait for wakes later than this after its start. Default one hour; heartbeats never end by themselves. */
  readonly horizonMs?: number;
  /** So many decisions while the clock stands still mean that it never settles. Default 20,000. */
  readonly maxSteps?: number;
  /** Digests of recorded decisions. Default: `plainDigest`. */
  readonly sha256?: Sha256;
}

/** A command that was refused; the controller was asked again later, as the runtime would. */
export interface Refusal {
  readonly controller: string;
  readonly key: string;
  readonly error: ApiError;
}

interface Waiting {
  readonly controller: Controller;
  readonly key: string;
}

const START = new Date('2030-01-01T12:00:00.000Z');
const HOUR_MS = 3_600_000;

/**
 * All controllers in one thread, on a clock that jumps from one wake to the next. It keeps the runtime's promises (one decision
 * per key at a time, in a world that holds what the key's last decision wrote) and none of its timing. Runs that start alike are alike.
 */
export class Simulation {
  /** What happened, as the log would tell it: for `replay`. */
  readonly history: ReplayEntry[] = [];
  readonly refusals: Refusal[] = [];
  private readonly server: SimulatedServer;
  private readonly queue = new Map<string, Waiting>();
  private readonly wakes = new Map<string, Waiting & { readonly at: number }>();
  private readonly failures = new Map<string, number>();
  private readonly random: () => number;
  private time: number;
  private stepsAtThisTime = 0;
  private deciding: Omit<NonNullable<ReplayEntry['decision']>, 'index'> | undefined;

  constructor(
    private readonly controllers: readonly Controller[],
    private readonly options: SimulationOptions = {},
  ) {
    this.time = (options.now ?? START).getTime();
    this.random = seeded((options.seed ?? 1) + 1);
    this.server = new SimulatedServer(
      () => this.now,
      (change, command) => this.changed(change, command),
      options.seed,
    );
    for (const controller of controllers) if (isWorldController(controller)) this.enqueue({ controller, key: '' });
  }

  get world(): World {
    return this.server.world;
  }

  get now(): Date {
    return new Date(this.time);
  }

  /** What controllers reported, in order. */
  get reports(): readonly Report[] {
    return this.server.reports;
  }

  /** Puts objects into the world. */
  place(...objects: readonly KubeObject[]): this {
    for (const object of objects) this.server.place(object);
    return this;
  }

  /** Does what a user asks for. @throws ApiError when it is refused. */
  act(...commands: readonly SentCommand[]): this {
    const refusal = this.server.execute(commands);
    if (refusal) throw refusal;
    return this;
  }

  /** Runs until nobody asks for anything, or not within the horizon. @throws Error when they never settle. */
  settle(): this {
    return this.run(this.options.horizonMs ?? HOUR_MS, false);
  }

  /** Runs for that long, to the millisecond. */
  advance(ms: number): this {
    return this.run(ms, true);
  }

  private run(ms: number, toTheEnd: boolean): this {
    const until = this.time + ms;
    for (;;) {
      for (let next = this.next(); next; next = this.next()) this.decide(next);
      const due = this.nextWake();
      if (due > until) break;
      this.moveTo(due);
    }
    if (toTheEnd) this.moveTo(until);
    return this;
  }

  private nextWake(): number {
    let earliest = Infinity;
    for (const wake of this.wakes.values()) if (wake.at < earliest) earliest = wake.at;
    return earliest;
  }

  private moveTo(time: number): void {
    if (time > this.time) this.stepsAtThisTime = 0;
    this.time = Math.max(this.time, time);
    for (const [id, wake] of this.wakes) {
      if (wake.at > this.time) continue;
      this.wakes.delete(id);
      this.enqueue(wake);
    }
  }

  private next(): Waiting | undefined {
    const ids = this.options.shuffle ? [...this.queue.keys()] : this.queue.keys();
    const id = Array.isArray(ids) ? ids[Math.floor(this.random() * ids.length)] : ids.next().value;
    if (id === undefined) return undefined;
    const next = this.queue.get(id);
    this.queue.delete(id);
    return next;
  }

  private decide(work: Waiting): void {
    const { controller, key } = work;
    this.countStep(work);
    const facts = this.gather(controller, key);
    const now = this.now;
    const world = this.world.revision;
    const commands = decideOn(controller, key, this.world, now, facts);
    const at = wakeTime(commands);
    if (at) this.wakeAt(work, at.getTime());
    const sent = sentCommands(commands);
    if (sent.length === 0) return;
    const digests = digestsOf(sent, this.options.sha256 ?? plainDigest);
    this.deciding = {
      controller: controller.name,
      key,
      world,
      now: now.toISOString(),
      commands: digests,
      ...(facts !== undefined && { facts }),
    };
    const error = this.server.execute(sent);
    this.deciding = undefined;
    if (error) this.refused(work, error);
    else this.failures.delete(idOf(work));
  }

  /** As the runtime does: asked again after 5 ms, 10 ms, 20 ms … */
  private refused(work: Waiting, error: ApiError): void {
    this.refusals.push({ controller: work.controller.name, key: work.key, error });
    const failures = this.failures.get(idOf(work)) ?? 0;
    this.failures.set(idOf(work), failures + 1);
    this.wakeAt(work, this.time + Math.min(5 * 2 ** failures, 1_000_000));
  }

  private gather(controller: Controller, key: string): unknown {
    const facts = factsFor(controller, key, this.world, this.now);
    if (facts instanceof Promise) throw new Error(`${controller.name} gathers with a promise: it cannot run on virtual time`);
    return facts;
  }

  private changed(change: Change, command: number): void {
    const { revision, type, kind, object } = change;
    const decision = this.deciding && { ...this.deciding, index: command };
    this.history.push({ revision, type, resource: kind.resource, object: JSON.stringify(object), ...(decision && { decision }) });
    for (const controller of this.controllers) {
      for (const key of keysWokenBy(controller, change, this.world)) this.enqueue({ controller, key });
    }
  }

  private enqueue(work: Waiting): void {
    const id = idOf(work);
    if (!this.queue.has(id)) this.queue.set(id, work);
  }

  private wakeAt(work: Waiting, at: number): void {
    const id = idOf(work);
    if (at <= this.time) return this.enqueue(work);
    if (at < (this.wakes.get(id)?.at ?? Infinity)) this.wakes.set(id, { ...work, at });
  }

  private countStep({ controller, key }: Waiting): void {
    const { maxSteps = 20_000 } = this.options;
    if (++this.stepsAtThisTime > maxSteps) {
      const last = this.history
        .slice(-6)
        .map((entry) => `${entry.decision?.controller ?? 'user'} wrote ${entry.type} ${entry.resource} at ${entry.revision}`);
      throw new Error(`never settles: ${maxSteps} decisions at one time, the next is ${controller.name} on "${key}"\n${last.join('\n')}`);
    }
  }
}

/** Runs all controllers on these objects until nobody asks for anything. @throws Error when they never settle. */
export const settle = (controllers: readonly Controller[], objects: readonly KubeObject[], options: SimulationOptions = {}): Simulation =>
  new Simulation(controllers, options).place(...objects).settle();

const idOf = ({ controller, key }: Waiting): string => `${controller.name}\n${key}`;
