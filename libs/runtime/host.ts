import 'reflect-metadata';
import type { DynamicModule, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomStrategy, CustomTransportStrategy } from '@nestjs/microservices';
import type { Bus, LogFilter } from '#lib/bus/bus';
import { JetStreamTransport } from '#lib/bus/jetstream-transport';
import type { EventLog } from '#lib/log/log';
import type { Controller } from '#lib/reconcile/controller';
import { resourcesThatWake } from '#lib/reconcile/decide';
import { answerAlive } from './alive';
import { ChangesTransport } from './changes-transport';
import { systemClock, type Clock } from './clock';
import { ControllerModule } from './controller.module';
import { busSink, type CommandSink } from './execute';
import { Follower, type FollowerOptions } from './follow';
import { SoleHolder, type Leases } from './leases';
import * as metrics from './metrics';
import { Reconciler } from './reconciler';
import { codeVersion } from './version';
import { WorldModule } from './world.module';

/** What a process lends to what runs in it; it closes them afterwards itself. */
export interface Host {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly clock?: Clock;
  readonly shared?: FollowerOptions['shared'];
  readonly present?: FollowerOptions['present'];
  readonly news?: FollowerOptions['news'];
}

/** A world that is kept current. */
export interface RunningWorld {
  readonly follower: Follower;
  stop(): Promise<void>;
}

/** Folds the log and follows it, as a microservice of its own. `filters` only for processes that look after a part. */
export async function startWorld(host: Host, filters?: readonly LogFilter[]): Promise<RunningWorld> {
  const follower = new Follower({
    log: host.log,
    clock: host.clock,
    shared: host.shared,
    news: host.news,
    filters,
    ...(!filters && { present: host.present }),
  });
  const service = await microservice(WorldModule.of(follower), new JetStreamTransport({ bus: host.bus, filters }));
  await follower.start();
  follower.onChanges(() => metrics.worldRevision.set(follower.world.revision));
  const stop = async (): Promise<void> => {
    follower.stop();
    await service.close();
  };
  return { follower, stop };
}

/** How controllers are hosted. */
export interface ControllersHost extends Host {
  /** The world they share. Default: one of their own. */
  readonly follower?: Follower;
  /** Which instance is active, per controller name. Default: this one, for all. */
  readonly leases?: Leases;
  /** Default: over the bus. */
  readonly send?: CommandSink;
  /** Default: `codeVersion()`. */
  readonly version?: string;
}

/** Controllers at work. */
export interface RunningControllers {
  readonly follower: Follower;
  readonly reconcilers: readonly Reconciler[];
  /** Ends decisions in flight, then the microservices; log and bus stay open. */
  stop(): Promise<void>;
}

/** Runs any number of controllers in this process: one world, and for each controller a microservice with its loop. */
export async function startControllers(controllers: readonly Controller[], host: ControllersHost): Promise<RunningControllers> {
  refuseRepeatedNames(controllers);
  const own = host.follower ? undefined : await startWorld(host);
  const follower = host.follower ?? (own as RunningWorld).follower;
  const leases = host.leases ?? new SoleHolder();
  const send = host.send ?? busSink(host.bus);
  const version = host.version ?? codeVersion();
  const reconcilers = controllers.map(
    (controller) => new Reconciler({ controller, follower, send, version, clock: host.clock ?? systemClock }),
  );
  const services: INestMicroservice[] = [];
  for (const [i, reconciler] of reconcilers.entries()) {
    const transport = new ChangesTransport(follower, resourcesThatWake(controllers[i] as Controller));
    services.push(await microservice(ControllerModule.of(reconciler), transport));
  }
  const answerers = await answerAlive(host.bus, controllers);
  reconcilers.forEach((reconciler, i) => leases.hold((controllers[i] as Controller).name, reconciler));
  const stop = async (): Promise<void> => {
    await leases.close();
    await Promise.all(answerers.map((answerer) => answerer.close()));
    await Promise.all(services.map((service) => service.close()));
    await own?.stop();
  };
  return { follower, reconcilers, stop };
}

async function microservice(module: DynamicModule, strategy: CustomTransportStrategy): Promise<INestMicroservice> {
  const service = await NestFactory.createMicroservice<CustomStrategy>(module, { strategy, logger: ['error', 'warn'] });
  await service.listen();
  return service;
}

function refuseRepeatedNames(controllers: readonly Controller[]): void {
  const names = controllers.map((controller) => controller.name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated) throw new Error(`two controllers are named ${repeated}`);
}
